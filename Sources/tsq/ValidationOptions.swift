import ArgumentParser

/// What accuracy is measured on during a run.
struct ValidationOptions: ParsableArguments {
  @Option(name: .long, help: "Labelled data to measure accuracy on; may be given several times.")
  var validation: [String] = []

  @Option(name: .long, help: "The labels of the validation data, if they lie in another file.")
  var validationLabels: String?
}
