// Weighted sums of pixels along an axis of an image of three interleaved bytes per pixel.
//
// A weight is a whole number from 0 to 2²², which stands for 1. `high` and `low` hold its bits from
// the eleventh on and those below, two neighbours in a word, the first in the low half; of each
// result `pairs` words. All instruction sets give the same bytes.
#ifndef CKERNELS_PIXELS_H
#define CKERNELS_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/// Pixels `[rows, columns]`, each from neighbours of its row from pixel `starts[column]` on;
/// `source_stride` bytes between rows of the source.
void ckernels_weigh_columns(const uint8_t *source, size_t source_stride, size_t rows,
                            const int32_t *starts, const uint32_t *high, const uint32_t *low,
                            size_t pairs, uint8_t *target, size_t columns);

/// `count` bytes of a row, each from the bytes below it in the source, `stride` bytes apart.
void ckernels_weigh_rows(const uint8_t *source, size_t stride, const uint32_t *high,
                         const uint32_t *low, size_t pairs, uint8_t *target, size_t count);

#endif
