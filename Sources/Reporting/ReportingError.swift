/// A record that cannot be read.
package struct ReportingError: Error, Equatable, CustomStringConvertible {
  package let place: String
  package let reason: String

  package init(place: String, reason: String) {
    self.place = place
    self.reason = reason
  }

  package var description: String {
    "cannot read the run record '\(place)': \(reason); write it anew by resuming the run"
  }
}
