/// Told of every step of a solver, so that a long solution can be told from one that hangs.
package struct SolveObserver {
  /// Called once per ADMM iteration, sweep of descent, kick and step of the non-linear stage, and
  /// between stages; throws to end the solution.
  package let step: () throws(SolverError) -> Void

  package init(step: @escaping () throws(SolverError) -> Void = {}) { self.step = step }
}
