// Descent on samples instead of the covariance, where there are far fewer samples than inputs:
// with v = X̃ᵀ q the products are c = X̃ v + λ q. Per block of 64 inputs they are made from v, the
// moves are found on the block's own covariance, and v takes them.

INLINE void NAME(score_samples_)(const tsq_sampled_inputs *in, const tsq_sampled_panels *p,
                                 int64_t panel, NAME(score_) * score) {
  const float *codes = p->codes + panel * in->padded * LANES;
  const float *targets = p->targets + panel * in->padded * LANES;
  const float *outputs = p->outputs + panel * in->samples * LANES;
  vd product = {}, quadratic = {};
  for (int64_t i = 0; i < in->inputs; i++) {
    vd code = __builtin_convertvector(LOAD(codes + i * LANES), vd);
    product += code * __builtin_convertvector(LOAD(targets + i * LANES), vd);
    quadratic += (double)in->ridge * (code * code);
  }
  for (int64_t n = 0; n < in->samples; n++) {
    vd output = __builtin_convertvector(LOAD(outputs + n * LANES), vd);
    quadratic += output * output;
  }
  score->product = product;
  score->quadratic = quadratic;
  *(vd_loose *)(p->score_product + panel * LANES) = product;
  *(vd_loose *)(p->score_quadratic + panel * LANES) = quadratic;
}

TARGET void NAME(tsq_sampled_score_)(const tsq_sampled_inputs *in, const tsq_sampled_panels *p) {
  for (int64_t panel = 0; panel < p->panels; panel++) {
    NAME(score_) score;
    NAME(score_samples_)(in, p, panel, &score);
  }
}

/// v += X̃ᵀ moves, for the listed inputs of a block.
INLINE void NAME(spread_samples_)(const tsq_sampled_inputs *in, int64_t first,
                                  const int32_t *list, int32_t count, const float *moves,
                                  float *outputs) {
  for (int64_t n = 0; n < in->samples; n += TILE)
    NAME(update_)(in->by_input + first * in->sample_stride + n, in->sample_stride, list, count,
                  moves, outputs + n * LANES);
}

TARGET void NAME(tsq_sampled_multiply_)(const tsq_sampled_inputs *in,
                                        const tsq_sampled_panels *p) {
  int32_t list[BLOCK];
  for (int32_t j = 0; j < BLOCK; j++) list[j] = j;
  memset(p->outputs, 0, (size_t)(p->panels * in->samples * LANES) * sizeof(float));
  for (int64_t first = 0; first < in->padded; first += BLOCK)
    for (int64_t panel = 0; panel < p->panels; panel++)
      NAME(spread_samples_)(in, first, list, BLOCK,
                            p->codes + (panel * in->padded + first) * LANES,
                            p->outputs + panel * in->samples * LANES);
}

TARGET void NAME(tsq_sampled_sweep_)(const tsq_sampled_inputs *in, const tsq_sampled_panels *p) {
  for (int64_t panel = 0; panel < p->panels; panel++) {
    NAME(score_) score;
    NAME(score_samples_)(in, p, panel, &score);
    *(vi_loose *)(p->changes + panel * LANES) = (vi){};
  }
  for (int64_t first = 0; first < in->padded; first += BLOCK) {
    tsq_descent_inputs block = {
        .inputs = in->inputs - first < BLOCK ? in->inputs - first : BLOCK,
        .padded = BLOCK,
        .gram = in->blocks + first * BLOCK,
        .diagonal = in->diagonal + first,
        .levels = in->levels,
        .level_count = in->level_count,
        .limit = in->limit};
    for (int64_t panel = 0; panel < p->panels; panel++) {
      float *codes = p->codes + (panel * in->padded + first) * LANES;
      float *outputs = p->outputs + panel * in->samples * LANES;
      float products[BLOCK * LANES] __attribute__((aligned(64)));
      for (int i = 0; i < BLOCK; i++)
        STORE(products + i * LANES, in->ridge * LOAD(codes + i * LANES));
      for (int i = 0; i < BLOCK; i += TILE)
        NAME(update_)(in->by_sample + first + i, in->input_stride, p->all_samples,
                      (int32_t)in->samples, outputs, products + i * LANES);
      NAME(score_) score;
      score.product = *(const vd_loose *)(p->score_product + panel * LANES);
      score.quadratic = *(const vd_loose *)(p->score_quadratic + panel * LANES);
      NAME(prepare_)(&score, 0);
      vi changes = *(const vi_loose *)(p->changes + panel * LANES);
      float moves[BLOCK * LANES] __attribute__((aligned(64)));
      int32_t list[BLOCK];
      int32_t moved =
          NAME(block_)(&block, 0, block.gram, codes, products,
                       p->targets + (panel * in->padded + first) * LANES, &score, 0, &changes,
                       moves, list);
      *(vd_loose *)(p->score_product + panel * LANES) = score.product;
      *(vd_loose *)(p->score_quadratic + panel * LANES) = score.quadratic;
      *(vi_loose *)(p->changes + panel * LANES) = changes;
      if (moved > 0) NAME(spread_samples_)(in, first, list, moved, moves, outputs);
    }
  }
}
