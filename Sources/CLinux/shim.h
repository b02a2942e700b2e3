#pragma once
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Variadic calls and macros with arguments, which Swift does not import.

/// A descriptor that becomes readable when the process ends; close-on-exec.
static inline int tsq_pidfd_open(pid_t process) {
  return (int)syscall(SYS_pidfd_open, process, 0);
}

/// Seconds of a clock that only advances; safe in a signal handler.
static inline double tsq_monotonic_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Fills a bit per processor that this process may run on; returns the bytes filled, or -1.
static inline long tsq_affinity(unsigned long *mask, size_t bytes) {
  return syscall(SYS_sched_getaffinity, 0, bytes, mask);
}

/// Has blocks of so many bytes and more go back to the system when they are freed. By itself the
/// allocator raises this size to that of the first block freed, and keeps what follows. Of smaller
/// blocks twice as much may stay free, which is the allocator's own rule for sizes it raises:
/// otherwise it gives pages back at 128 KiB, and has them cleared again in each step.
static inline int tsq_return_blocks_from(int bytes) {
  return mallopt(M_MMAP_THRESHOLD, bytes) && mallopt(M_TRIM_THRESHOLD, 2 * bytes);
}

/// Has the kernel send `signal` to this process when the thread that spawned it ends.
static inline int tsq_signal_at_parent_death(int signal) {
  return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0);
}

static inline int tsq_has_exited(int status) { return WIFEXITED(status); }
static inline int tsq_exit_code(int status) { return WEXITSTATUS(status); }
static inline int tsq_ending_signal(int status) { return WTERMSIG(status); }

// GNU extensions that Swift's view of the C library leaves out.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
extern int pthread_setname_np(pthread_t, const char *);

/// Closes every descriptor from `first` on in the spawned process.
static inline int tsq_close_from(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

/// Names the calling thread; the kernel keeps fifteen bytes.
static inline void tsq_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

/// Starts a thread with a stack of `stack_bytes`; returns an error number.
static inline int tsq_start_thread(pthread_t *thread, size_t stack_bytes,
                                   void *(*body)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  int result = pthread_create(thread, &attributes, body, argument);
  pthread_attr_destroy(&attributes);
  return result;
}

/// Installs a handler. A signal that the parent process had blocked is let through to this thread.
static inline int tsq_handle(int signal, void (*handler)(int)) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, &action, 0) != 0) return -1;
  sigset_t admitted;
  sigemptyset(&admitted);
  sigaddset(&admitted, signal);
  return pthread_sigmask(SIG_UNBLOCK, &admitted, 0);
}

/// In a handler: lets the signal have its default effect once the handler returns.
static inline void tsq_end_by(int number) {
  signal(number, SIG_DFL);
  raise(number);
}
