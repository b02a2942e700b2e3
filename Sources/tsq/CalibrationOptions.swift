import ArgumentParser

/// What layers are solved from, and the recipe.
struct CalibrationOptions: ParsableArguments {
  @Option(name: .long, help: "Images used for calibration, at most (default 1024).")
  var calibration: Int?

  @Option(
    name: .long,
    help: "Chooses the calibration images and the order of what is learned from (default 0).")
  var seed: UInt64?

  @Option(name: .long, help: "A YAML file with these options and exceptions for single layers.")
  var recipe: String?
}
