import FineTuning
import Tensors

/// Losses over the steps of a fine-tune, as a CSV file.
struct LossTable {
  let path: String
  /// Steps from one row to the next.
  let every: Int
  private var text = "step,gradients,loss,low_bit_loss\n"
  /// Of the steps since the last row.
  private var losses: [Double] = []

  init(path: String, every: Int) {
    self.path = path
    self.every = every
  }

  /// Takes the loss of the step before in; nil at the start.
  mutating func note(_ loss: Double?, _ trial: FineTuneTrial) throws {
    if let loss { losses.append(loss) }
    let step = trial.state.step
    guard step % every == 0 || trial.isDone else { return }
    let mean = losses.isEmpty ? "" : "\(losses.reduce(0, +) / Double(losses.count))"
    let gradients = step * (trial.state.looksAhead ? 2 : 1)
    text += "\(step),\(gradients),\(mean),\(try trial.lowBitLoss())\n"
    losses = []
  }

  func write() throws { try writeFile(Array(text.utf8), to: path) }
}
