// Quadratic forms in double precision; includes follow descent_body.h, whose definitions it uses.

/// d = q·H·q of 16 rows in double precision, from the lower triangle of H, `[inputs, inputs]`, and
/// the codes, `[inputs, 16]`.
TARGET void NAME(tsq_quadratic_)(const double *gram, int64_t inputs, const double *codes,
                                 double *result) {
  vd total = {};
  for (int64_t first = 0; first < inputs; first += 4) {
    int64_t count = inputs - first < 4 ? inputs - first : 4;
    vd sums[4] = {};
    if (count == 4) {
      for (int64_t k = 0; k < first; k++) {
        vd code = *(const vd_loose *)(codes + k * LANES);
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) {
          double h = gram[(first + j) * inputs + k];
          vd factor = {h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h};
          sums[j] = FMA(factor, code, sums[j]);
        }
      }
    }
    for (int64_t j = 0; j < count; j++) {
      const double *row = gram + (first + j) * inputs;
      vd sum = sums[j];
      for (int64_t k = count == 4 ? first : 0; k < first + j; k++) {
        double h = row[k];
        vd factor = {h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h};
        sum = FMA(factor, *(const vd_loose *)(codes + k * LANES), sum);
      }
      vd code = *(const vd_loose *)(codes + (first + j) * LANES);
      total += code * (2.0 * sum + row[first + j] * code);
    }
  }
  *(vd_loose *)result = total;
}
