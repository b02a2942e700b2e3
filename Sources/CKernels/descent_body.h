// The body of coordinate descent, compiled once per instruction set.
//
// Inputs come in blocks of 64. A block's products are brought up to date when its turn comes; then
// rows lie in lanes, and the moves of its entries are found one after the other on a copy that is
// kept up to date inside the block. At the end all blocks take the moves that came after their turn:
//
//   for block:
//     for row:       c[block] += Σ_j H[block][j] · move[j]   over the row's moves in earlier blocks
//     for panel:     moves of the block                      64 entries in sequence
//   for block:
//     for row:       c[block] += Σ_j H[block][j] · move[j]   over its moves in this and later blocks
//
// so that the work is that of the moves there are, dense or sparse, and products are read twice a
// sweep. Moves are taken in strips of 8 blocks, whose part of H stays in the second-level cache.
//
// With p = b·q, d = q·H·q and α = p/d, moving entry j by δ raises p²/d by
//
//   p δ (2 (b − α c) + δ (b²/p − α H)) / (1 + Δ/d)        Δ = δ (2 c + δ H)
//
// or, under a scale α that is to stay, lowers the squared error by α δ (2 (b − α c) − δ α H).
//
// The includer defines ISA (a suffix), TARGET (a function attribute) and TILE_ROWS (accumulators).

#include <string.h>

#include "CKernelsDescent.h"

#pragma clang fp contract(off)

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(name) JOIN(name, ISA)
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = TSQ_DESCENT_LANES, BLOCK = TSQ_DESCENT_BLOCK, TILE = 16, STRIP = 8 };

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef double vd __attribute__((vector_size(128)));
typedef float vf_loose __attribute__((vector_size(64), aligned(4)));
typedef int32_t vi_loose __attribute__((vector_size(64), aligned(4)));
typedef double vd_loose __attribute__((vector_size(128), aligned(8)));

#define LOAD(pointer) (*(const vf_loose *)(pointer))
#define STORE(pointer, value) (*(vf_loose *)(pointer) = (value))
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define SELECT(mask, a, b) ((vf)(((mask) & (vi)(a)) | (~(mask) & (vi)(b))))
#define SPLAT(x) ((vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x})
#define ABS(x) ((vf)((vi)(x) & 0x7fffffff))

#include "descent_trials.h"

/// 16 rows of 16 numbers, a block apart, as columns.
INLINE void NAME(turn_)(const float *rows, float *columns) {
  vf lines[16], next[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) lines[i] = LOAD(rows + i * BLOCK);
  // Interleaving lines i and i + 8 four times moves every number to its place.
#pragma clang loop unroll(full)
  for (int round = 0; round < 4; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      vf a = lines[i], b = lines[i + 8];
      next[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                            7, 23);
      next[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                                14, 30, 15, 31);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) lines[i] = next[i];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) STORE(columns + i * LANES, lines[i]);
}

/// The products of a block of a panel's rows.
INLINE float *NAME(products_)(const tsq_descent_panels *p, int64_t panel, int64_t block) {
  return p->products + (block * p->rows + panel * LANES) * BLOCK;
}

INLINE void NAME(sum_)(NAME(score_) * s, const tsq_descent_panels *p, int64_t panel,
                       int64_t inputs, int64_t padded) {
  const float *codes = p->codes + panel * padded * LANES;
  const float *targets = p->targets + panel * padded * LANES;
  vd product = {}, quadratic = {};
  float turned[TILE * LANES] __attribute__((aligned(64)));
  for (int64_t first = 0; first < inputs; first += TILE) {
    NAME(turn_)(NAME(products_)(p, panel, first / BLOCK) + first % BLOCK, turned);
    int64_t count = inputs - first < TILE ? inputs - first : TILE;
    for (int64_t i = 0; i < count; i++) {
      vd code = __builtin_convertvector(LOAD(codes + (first + i) * LANES), vd);
      product += code * __builtin_convertvector(LOAD(targets + (first + i) * LANES), vd);
      quadratic += code * __builtin_convertvector(LOAD(turned + i * LANES), vd);
    }
  }
  s->product = product;
  s->quadratic = quadratic;
}

/// The same for 16 inputs i of 16 rows in lanes (see sampled_body.h), over `count` listed entries j:
/// c[i] += Σ_j H[i][j] · move[j].
INLINE void NAME(update_)(const float *rows, int64_t stride, const int32_t *list, int32_t count,
                          const float *moves, float *products) {
  for (int part = 0; part < TILE; part += TILE_ROWS) {
    vf sums[TILE_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE_ROWS; i++) sums[i] = LOAD(products + (part + i) * LANES);
    for (int32_t n = 0; n < count; n++) {
      vf move = LOAD(moves + n * LANES);
      const float *column = rows + list[n] * stride + part;
      if (part == 0) __builtin_prefetch(column + BLOCK);
#pragma clang loop unroll(full)
      for (int i = 0; i < TILE_ROWS; i++) sums[i] = FMA(SPLAT(column[i]), move, sums[i]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE_ROWS; i++) STORE(products + (part + i) * LANES, sums[i]);
  }
}

/// c += Σ move · H[j] of a block of one row over `count` moves of the entries in `list`.
INLINE void NAME(add_row_)(const float *rows, const int32_t *list, const float *moves,
                           int32_t count, float *products) {
  vf sums[BLOCK / 16];
#pragma clang loop unroll(full)
  for (int k = 0; k < BLOCK / 16; k++) sums[k] = LOAD(products + 16 * k);
  for (int32_t n = 0; n < count; n++) {
    vf move = SPLAT(moves[n]);
    const float *column = rows + (int64_t)list[n] * BLOCK;
#pragma clang loop unroll(full)
    for (int k = 0; k < BLOCK / 16; k++) sums[k] = FMA(LOAD(column + 16 * k), move, sums[k]);
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < BLOCK / 16; k++) STORE(products + 16 * k, sums[k]);
}

/// Adds the moves of a block of an active panel, entry by entry, to the lists of its rows, and notes
/// which entries moved.
INLINE void NAME(part_)(const tsq_descent_inputs *in, const tsq_descent_panels *p, int64_t a,
                        int64_t block, const float *entry_moves, const int32_t *entries,
                        int32_t moved) {
  int64_t rows = p->active_count * LANES, row = a * LANES;
  const int32_t *before = p->counts + block * rows + row;
  int32_t count[LANES];
  memcpy(count, before, sizeof count);
  for (int32_t n = 0; n < moved; n++) {
    int32_t entry = (int32_t)(block * BLOCK) + entries[n];
    p->moved[block] |= (uint64_t)1 << entries[n];
    for (int lane = 0; lane < LANES; lane++) {
      float move = entry_moves[n * LANES + lane];
      if (move == 0.0f) continue;
      p->moves[(row + lane) * in->padded + count[lane]] = move;
      p->list[(row + lane) * in->padded + count[lane]++] = entry;
    }
  }
  memcpy(p->counts + (block + 1) * rows + row, count, sizeof count);
}

/// Asks for the part of H that belongs to a block and to entries that moved in blocks `from` up to
/// `to`: more streams than the processor follows by itself.
INLINE void NAME(fetch_)(const tsq_descent_inputs *in, const tsq_descent_panels *p, int64_t block,
                         int64_t from, int64_t to) {
  for (int64_t other = from; other < to; other++) {
    const float *rows = in->gram + (block * in->padded + other * BLOCK) * BLOCK;
    for (uint64_t left = p->moved[other]; left; left &= left - 1) {
      const float *row = rows + __builtin_ctzll(left) * BLOCK;
      for (int line = 0; line < BLOCK; line += 16) __builtin_prefetch(row + line, 0, 2);
    }
  }
}

/// Brings the products of a block up to date with the moves of blocks `from` up to `to`.
INLINE void NAME(take_)(const tsq_descent_inputs *in, const tsq_descent_panels *p, int64_t block,
                        int64_t from, int64_t to) {
  const float *rows = in->gram + block * in->padded * BLOCK;
  int64_t row_count = p->active_count * LANES;
  for (int64_t first = from, end; first < to; first = end) {
    end = first / STRIP * STRIP + STRIP < to ? first / STRIP * STRIP + STRIP : to;
    NAME(fetch_)(in, p, block, end, end + STRIP < to ? end + STRIP : to);
    const int32_t *starts = p->counts + first * row_count, *ends = p->counts + end * row_count;
    for (int64_t a = 0; a < p->active_count; a++) {
      float *products = NAME(products_)(p, p->active[a], block);
      for (int64_t lane = 0; lane < LANES; lane++) {
        int64_t row = a * LANES + lane;
        if (starts[row] == ends[row]) continue;
        int64_t start = row * in->padded + starts[row];
        NAME(add_row_)(rows, p->list + start, p->moves + start, ends[row] - starts[row],
                       products + lane * BLOCK);
      }
    }
  }
}

TARGET void NAME(tsq_descent_score_)(const tsq_descent_inputs *in, const tsq_descent_panels *p) {
  for (int64_t a = 0; a < p->active_count; a++) {
    int64_t panel = p->active[a];
    NAME(score_) score;
    NAME(sum_)(&score, p, panel, in->inputs, in->padded);
    *(vd_loose *)(p->score_product + panel * LANES) = score.product;
    *(vd_loose *)(p->score_quadratic + panel * LANES) = score.quadratic;
  }
}

/// Finds the moves of one block of an active panel, whose products are up to date.
INLINE void NAME(find_)(const tsq_descent_inputs *in, const tsq_descent_panels *p, int64_t a,
                        int64_t block) {
  int64_t size = in->padded * LANES, panel = p->active[a];
  NAME(score_) score;
  score.product = *(const vd_loose *)(p->score_product + panel * LANES);
  score.quadratic = *(const vd_loose *)(p->score_quadratic + panel * LANES);
  const float *scales = p->scales ? p->scales + panel * LANES : 0;
  NAME(prepare_)(&score, scales);
  vi changes = *(const vi_loose *)(p->changes + panel * LANES);
  float local[BLOCK * LANES] __attribute__((aligned(64)));
  float moves[BLOCK * LANES] __attribute__((aligned(64)));
  int32_t entries[BLOCK];
  for (int tile = 0; tile < BLOCK; tile += TILE)
    NAME(turn_)(NAME(products_)(p, panel, block) + tile, local + tile * LANES);
  const float *couplings = in->gram + block * (in->padded + BLOCK) * BLOCK;
  int32_t count = NAME(block_)(in, block, couplings, p->codes + panel * size, local,
                               p->targets + panel * size, &score, scales, &changes, moves, entries);
  NAME(part_)(in, p, a, block, moves, entries, count);
  *(vd_loose *)(p->score_product + panel * LANES) = score.product;
  *(vd_loose *)(p->score_quadratic + panel * LANES) = score.quadratic;
  *(vi_loose *)(p->changes + panel * LANES) = changes;
}

TARGET void NAME(tsq_descent_sweep_)(const tsq_descent_inputs *in, const tsq_descent_panels *p) {
  int64_t blocks = in->padded / BLOCK;
  // From codes and products alone, so that a sweep that changes nothing can be repeated.
  NAME(tsq_descent_score_)(in, p);
  for (int64_t a = 0; a < p->active_count; a++)
    *(vi_loose *)(p->changes + p->active[a] * LANES) = (vi){};
  memset(p->counts, 0, (size_t)(p->active_count * LANES) * sizeof(int32_t));
  for (int64_t block = 0; block < blocks; block++) {
    p->moved[block] = 0;
    NAME(take_)(in, p, block, 0, block);
    for (int64_t a = 0; a < p->active_count; a++) NAME(find_)(in, p, a, block);
  }
  for (int64_t block = 0; block < blocks; block++) NAME(take_)(in, p, block, block, blocks);
}

TARGET void NAME(tsq_descent_multiply_)(const tsq_descent_inputs *in,
                                        const tsq_descent_panels *p) {
  int64_t size = in->padded * LANES, blocks = in->padded / BLOCK;
  memset(p->counts, 0, (size_t)(p->active_count * LANES) * sizeof(int32_t));
  int32_t entries[BLOCK];
  for (int32_t j = 0; j < BLOCK; j++) entries[j] = j;
  for (int64_t block = 0; block < blocks; block++) {
    p->moved[block] = 0;
    for (int64_t a = 0; a < p->active_count; a++)
      NAME(part_)(in, p, a, block, p->codes + p->active[a] * size + block * BLOCK * LANES, entries,
                  BLOCK);
  }
  for (int64_t block = 0; block < blocks; block++) {
    for (int64_t a = 0; a < p->active_count; a++)
      memset(NAME(products_)(p, p->active[a], block), 0, LANES * BLOCK * sizeof(float));
    NAME(take_)(in, p, block, 0, blocks);
  }
}

TARGET void NAME(tsq_descent_move_)(const tsq_descent_inputs *in, const tsq_descent_panels *p,
                                    int32_t panel, int64_t entry, const float *steps) {
  float *code = p->codes + panel * in->padded * LANES + entry * LANES;
  STORE(code, LOAD(code) + LOAD(steps));
  const int32_t list = 0;
  for (int64_t block = 0; block < in->padded / BLOCK; block++)
    for (int64_t lane = 0; lane < LANES; lane++)
      if (steps[lane] != 0.0f)
        NAME(add_row_)(in->gram + (block * in->padded + entry) * BLOCK, &list, steps + lane, 1,
                       NAME(products_)(p, panel, block) + lane * BLOCK);
}

TARGET void NAME(tsq_descent_exchange_)(const tsq_descent_inputs *in, const tsq_descent_panels *p,
                                        int32_t panel, const int32_t *masks, float *best_codes,
                                        float *best_products) {
  vi mask = *(const vi_loose *)masks != 0;
  int64_t size = in->padded * LANES;
  float *codes = p->codes + panel * size;
  for (int64_t i = 0; i < size; i += LANES) {
    vf code = SELECT(mask, LOAD(codes + i), LOAD(best_codes + i));
    STORE(codes + i, code);
    STORE(best_codes + i, code);
  }
  for (int64_t block = 0; block < in->padded / BLOCK; block++)
    for (int64_t lane = 0; lane < LANES; lane++) {
      float *own = NAME(products_)(p, panel, block) + lane * BLOCK;
      float *best = best_products + (block * LANES + lane) * BLOCK;
      memcpy(masks[lane] ? best : own, masks[lane] ? own : best, BLOCK * sizeof(float));
    }
}
