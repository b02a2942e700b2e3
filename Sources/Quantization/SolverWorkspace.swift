/// What a solver keeps between problems of one thread: the factorisations of the last inputs seen.
///
/// Row blocks of one layer share their input moments, so the second block finds them done.
package struct SolverWorkspace: ~Copyable {
  private var moments: InputMoments?
  private var ridgeShare = 0.0
  private var sampleCount = 0
  private var factors: InputFactors?

  package init() {}

  /// The factors of a problem's inputs, from memory where they are the same.
  mutating func factors(
    for statistics: LayerStatistics, ridgeShare: Double
  ) throws(SolverError) -> InputFactors {
    if let factors, sampleCount == statistics.sampleCount, self.ridgeShare == ridgeShare,
      moments == statistics.moments
    {
      return factors
    }
    let factors = try InputFactors(statistics, ridgeShare: ridgeShare)
    self.factors = factors
    moments = statistics.moments
    sampleCount = statistics.sampleCount
    self.ridgeShare = ridgeShare
    return factors
  }

  /// The spectrum of the inputs last asked for.
  mutating func spectrum(normalized: Bool) throws(SolverError) -> InputFactors.Spectrum {
    guard var factors else { preconditionFailure("ask for the factors first") }
    self.factors = nil
    let spectrum = try factors.computeSpectrum(normalized: normalized)
    self.factors = factors
    return spectrum
  }
}
