// Six sweeps over 48 rows of 131 inputs; prints a digest of every result (see emulate-descent).

#include <stdio.h>
#include <stdlib.h>

#include "CKernelsDescent.h"

// The numbers of both processors are to be equal to the last bit.
#pragma STDC FP_CONTRACT OFF

static uint64_t state = 1;

static float number(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)((double)(state >> 40) / 16777216.0 - 0.5);
}

static uint64_t digest = 1469598103934665603u;

static void add(const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    digest = (digest ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}

enum { INPUTS = 131, PADDED = 192, BLOCKS = PADDED / 64, PANELS = 3, SIZE = PADDED * 16 };

/// Where the covariance of inputs i and j lies.
static int place(int i, int j) { return (i / 64 * PADDED + j) * 64 + i % 64; }

int main(void) {
  float *gram = calloc(PADDED * PADDED, sizeof(float));
  float *diagonal = calloc(PADDED, sizeof(float));
  for (int i = 0; i < INPUTS; i++)
    for (int j = 0; j <= i; j++) {
      float value = 0.05f * number();
      gram[place(i, j)] = gram[place(j, i)] = i == j ? 1.0f : 0.05f + value;
    }
  for (int i = 0; i < INPUTS; i++) diagonal[i] = gram[place(i, i)];
  float *codes = calloc(PANELS * SIZE, sizeof(float));
  float *products = calloc(PANELS * SIZE, sizeof(float));
  float *targets = calloc(PANELS * SIZE, sizeof(float));
  for (int panel = 0; panel < PANELS; panel++)
    for (int i = 0; i < INPUTS * 16; i++) {
      codes[panel * SIZE + i] = (float)(int)(number() * 6);
      targets[panel * SIZE + i] = number();
    }
  double scores[2][PANELS * 16];
  int32_t changes[PANELS * 16], active[PANELS] = {0, 1, 2};
  int32_t *list = calloc(PANELS * SIZE, sizeof(int32_t));
  int32_t *counts = calloc((BLOCKS + 1) * PANELS * 16, sizeof(int32_t));
  uint64_t moved[BLOCKS];
  float *moves = calloc(PANELS * SIZE, sizeof(float));
  float levels[] = {-4, -2, -1, 0, 1, 2, 4};
  tsq_descent_inputs inputs = {INPUTS, PADDED, gram, diagonal, levels, 7, 0};
  tsq_descent_panels panels = {PANELS * 16, codes,  products, targets, scores[0], scores[1], changes,
                               active,      PANELS, moves,    list,    counts,    moved,     NULL};
#if defined(__x86_64__)
  const int wide = tsq_descent_machine() == 2;
  (wide ? tsq_descent_multiply_avx512 : tsq_descent_multiply_avx2)(&inputs, &panels);
  for (int sweep = 0; sweep < 6; sweep++)
    (wide ? tsq_descent_sweep_avx512 : tsq_descent_sweep_avx2)(&inputs, &panels);
#else
  tsq_descent_multiply_plain(&inputs, &panels);
  for (int sweep = 0; sweep < 6; sweep++) tsq_descent_sweep_plain(&inputs, &panels);
#endif
  add(codes, PANELS * SIZE * sizeof(float));
  add(products, PANELS * SIZE * sizeof(float));
  add(scores, sizeof scores);
  printf("%016llx\n", (unsigned long long)digest);
}
