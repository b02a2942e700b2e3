/// Shows progress on a terminal as one line drawn over and over, elsewhere as a line every few
/// seconds, so that a run in a batch system's log can be told from one that hangs.
///
/// It reads no clock and owns no file: time comes in, text goes out through `write`.
package struct ProgressLine {
  private let isTerminal: Bool
  private let columns: Int
  private let interval: Double
  private let write: (String) -> Void

  private var estimate = RemainingTime()
  private var lastWritten: Double?
  private var lastText = ""
  private var lastStage: String?

  /// - Parameters:
  ///   - isTerminal: whether the line can be redrawn.
  ///   - columns: width of the terminal in characters; longer lines are cut.
  ///   - interval: seconds between two lines; by default 0.1 on a terminal and 5 elsewhere.
  ///   - write: takes text for standard error, with its own line ends.
  package init(
    isTerminal: Bool, columns: Int = 80, interval: Double? = nil,
    write: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.columns = max(20, columns)
    self.interval = interval ?? (isTerminal ? 0.1 : 5)
    self.write = write
  }

  /// Seconds that the work will still take, going by the speed so far; nil while that is not known.
  package var secondsLeft: Double? { estimate.seconds }

  /// Shows a snapshot if it is time to: at once for a new stage, else once per interval.
  ///
  /// - Parameter seconds: time since the run began; never falls.
  package mutating func update(_ snapshot: ProgressSnapshot, at seconds: Double) {
    estimate.note(done: snapshot.workDone, total: snapshot.workTotal, at: seconds)
    let isDue = lastWritten.map { seconds - $0 >= interval } ?? true
    guard isDue || snapshot.stage != lastStage else { return }
    lastWritten = seconds
    lastStage = snapshot.stage
    show(Self.text(snapshot, at: seconds, remaining: estimate.seconds))
  }

  /// Writes a message on a line of its own, above the progress.
  package mutating func note(_ message: String) {
    let clean = plain(message)
    guard isTerminal else { return write(clean + "\n") }
    write("\r\u{1B}[2K" + clean + "\n" + lastText)
  }

  /// Ends the redrawn line: what is written next begins on a fresh one.
  package mutating func finish() {
    if isTerminal && !lastText.isEmpty { write("\n") }
    lastText = ""
    lastWritten = nil
    lastStage = nil
  }

  private mutating func show(_ text: String) {
    guard isTerminal else { return write(text + "\n") }
    // The last column stays free: some terminals break the line there.
    let cut = String(text.prefix(columns - 1))
    guard cut != lastText else { return }
    lastText = cut
    write("\r\u{1B}[2K" + cut)
  }

  /// The line without terminal codes.
  static func text(
    _ snapshot: ProgressSnapshot, at seconds: Double, remaining: Double?
  ) -> String {
    var parts: [String] = []
    if snapshot.layersTotal > 0 {
      parts.append("\(snapshot.unit) \(snapshot.layersDone)/\(snapshot.layersTotal)")
    }
    if snapshot.tasksTotal > 0 {
      let workers = "\(snapshot.workers) worker" + (snapshot.workers == 1 ? "" : "s")
      parts.append(
        "task \(snapshot.tasksDone)/\(snapshot.tasksTotal) (\(snapshot.tasksRunning) running, "
          + workers + ")")
    }
    parts += snapshot.remarks
    if let error = snapshot.error, error.isFinite { parts.append("error " + significant(error)) }
    parts.append(clock(seconds) + " elapsed")
    if let remaining { parts.append("about " + clock(remaining) + " left") }
    if let waiting = snapshot.waiting { parts.append("waiting: " + waiting) }
    return plain(snapshot.stage + ": " + parts.joined(separator: ", "))
  }
}

/// Estimates the remaining time from the speed so far; work that was done before the first note
/// (a resumed run) says nothing about the speed.
struct RemainingTime {
  private var start: (done: Double, time: Double)?
  private(set) var seconds: Double?

  mutating func note(done: Double, total: Double, at time: Double) {
    guard done.isFinite, total.isFinite, total > 0, done >= 0 else { return seconds = nil }
    guard let start, done >= start.done else {
      // The first note, or another stage that counts from the beginning.
      start = (done, time)
      return seconds = nil
    }
    let progress = done - start.done
    // A share below one percent would give a wild guess.
    guard progress >= total * 0.01 else { return seconds = nil }
    seconds = max(0, total - done) * (time - start.time) / progress
  }
}
