// SPDX-License-Identifier: BSD-2-Clause
/*
 * kexec KERNEL INITRD CMDLINE: start another kernel at once, by kexec_file_load(2). For arm64, without a C library.
 */

/* include/uapi/asm-generic/unistd.h, include/uapi/linux/reboot.h */
enum { SYS_OPENAT = 56, SYS_EXIT = 93, SYS_REBOOT = 142, SYS_KEXEC_FILE_LOAD = 294 };
enum { AT_CWD = -100, CMD_KEXEC = 0x45584543, MAGIC1 = (int)0xfee1dead, MAGIC2 = 672274793 };

#ifdef __aarch64__
static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}
#else
/* Only looked at by the compilers of this machine. */
long call(long number, long a, long b, long c, long d, long e);
#endif

static long length(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	return n;
}

/* The exit status is 10 when a file cannot be opened, 11 when the kernel refuses it, 12 when it did not start. */
__attribute__((used)) void begin(long *stack)
{
	char **argv = (char **)(stack + 1);
	long kernel, initrd, status = 2;

	if (stack[0] == 4) {
		kernel = call(SYS_OPENAT, AT_CWD, (long)argv[1], 0, 0, 0);
		initrd = call(SYS_OPENAT, AT_CWD, (long)argv[2], 0, 0, 0);
		status = 10;
		if (kernel >= 0 && initrd >= 0) {
			status = 11;
			if (!call(SYS_KEXEC_FILE_LOAD, kernel, initrd, length(argv[3]) + 1, (long)argv[3], 0)) {
				status = 12;
				call(SYS_REBOOT, MAGIC1, MAGIC2, CMD_KEXEC, 0, 0);
			}
		}
	}
	for (;;)
		call(SYS_EXIT, status, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tb begin\n");
