// Starting a program, with what glibc declares for GNU sources only: Swift does not see it.

#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Makes a file in memory, which a new program does not inherit; -1 and errno when there is none.
int cspawn_memory_file(void);

/// Makes a pipe, which a new program does not inherit: its ends to read from and to write to. -1 and errno when there is none.
int cspawn_pipe(int ends[2]);

/// Starts a program in a process group of its own and in the root directory, with no other descriptors than those given, and with
/// all signals as they are by default: the threads of a server ignore and block signals that a program relies on.
///
/// `arguments` begins with the program's absolute path; both lists end with NULL.
///
/// Returns 0 when the program runs, and else why it does not, as errno.
int cspawn_start(
    pid_t *child, int input, int output, char *const arguments[], char *const variables[]);

#endif
