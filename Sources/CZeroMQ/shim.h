#pragma once
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <zmq.h>

/// eventfd's flags are an enum that Swift 6 does not import as values usable here.
static inline int tsq_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
