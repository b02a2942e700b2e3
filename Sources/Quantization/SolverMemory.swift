/// What the factorisations of a layer take.
package enum SolverMemory {
  /// What one worker may use for a layer: 4 GiB, which 10,300 inputs need without ADMM and 7,900
  /// with it.
  package static let limit = 4 << 30

  /// The peak of a solve, in bytes.
  ///
  /// Of each input pair there are: its moments as received and as decoded, the centred covariance,
  /// the same with the ridge, the Cholesky factor, all of 8 bytes. ADMM adds the eigenvectors
  /// twice, and the eigenvalue iteration's own work.
  ///
  /// - Parameter iterates: whether layer ADMM runs.
  package static func bytes(inputs: Int, iterates: Bool) -> Int {
    let (square, overflows) = inputs.multipliedReportingOverflow(by: inputs)
    let (bytes, alsoOverflows) = square.multipliedReportingOverflow(by: iterates ? 68 : 40)
    return overflows || alsoOverflows ? .max : bytes
  }
}
