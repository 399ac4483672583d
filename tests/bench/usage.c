// SPDX-License-Identifier: BSD-2-Clause
/*
 * usage COMMAND [WORD]...: run it with its messages thrown away, then say on stderr the CPU seconds and the peak memory in KiB of that process. A
 * program of its own, because a process inherits the peak of the one that forks it, and python's is larger than the command's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status, null = open("/dev/null", O_RDWR);
	pid_t child = argc > 1 ? fork() : -1;

	if (child == 0) {
		if (dup2(null, 0) < 0 || dup2(null, 2) < 0)
			_exit(126);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror("usage");
		return 2;
	}
	fprintf(stderr, "%.6f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
