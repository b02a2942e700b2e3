import ArgumentParser
import Datasets
import Network
import Tensors

/// How data files are read; shared by the commands that take data.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      A data file or folder: CIFAR binary, IDX, .npy or .npz; JPEG, PNG or WebP images in a \
      folder, in one folder per class, or in a .csv list of paths and labels. May be given \
      several times.
      """)
  var data: [String] = []

  @Option(
    name: .long,
    help: """
      How samples become the network's input: none (default), unit, cifar10 or imagenet (images: \
      short side 256, then the middle); anything else as 'preprocess' in a recipe.
      """)
  var preprocess: String?

  @Option(
    name: .long,
    help: "Leave out so many images that cannot be decoded, at most (default 0: refuse the first).")
  var skipImages = 0

  func validate() throws {
    guard !data.isEmpty else { throw ValidationError("Missing expected argument '--data'") }
    guard skipImages >= 0 else { throw ValidationError("'--skip-images' is not negative") }
  }
}

/// Opens data that fits a network.
struct DataSource {
  let network: Network
  let preprocessing: Preprocessing

  init(network: Network, preprocessing: Preprocessing) throws(CommandFailure) {
    guard network.inputs.count == 1 else {
      let names = network.inputs.map { network[$0].name }.joined(separator: ", ")
      throw CommandFailure(
        .badInput,
        "network '\(network.name)' has \(network.inputs.count) inputs (\(names)); data files feed "
          + "exactly one")
    }
    self.network = network
    var fitted = preprocessing
    let input = network[network.inputs[0]].declaredShape ?? []
    if fitted.geometry.crop == .input, input.count == 4,
      case .fixed(let height) = input[2], case .fixed(let width) = input[3]
    {
      fitted.geometry.crop = .size(ImageSize(width: width, height: height))
    }
    if input.count == 4, case .fixed(1) = input[1] { fitted.imageChannels = 1 }
    self.preprocessing = fitted
  }

  /// - Throws: when the files cannot be read or their samples do not have the input's shape.
  func open(_ paths: [String], labels: String?, split: DataSplit) throws(CommandFailure) -> Dataset
  {
    let dataset = try CommandFailure.mapping {
      try Dataset.open(paths: paths, labels: labels, split: split, preprocessing: preprocessing)
    }
    let declared = network[network.inputs[0]].declaredShape ?? []
    let expected = declared.dropFirst()
    let fits =
      expected.count == dataset.sampleShape.count
      && zip(expected, dataset.sampleShape).allSatisfy { dimension, extent in
        if case .fixed(let wanted) = dimension { wanted == extent } else { true }
      }
    guard declared.isEmpty || fits else {
      let wanted = expected.map { dimension in
        if case .fixed(let extent) = dimension { "\(extent)" } else { "any" }
      }
      throw CommandFailure(
        .badInput,
        "data '\(dataset.name)' has samples of shape "
          + dataset.sampleShape.map(String.init).joined(separator: "×")
          + ", but input '\(network[network.inputs[0]].name)' of the network takes "
          + wanted.joined(separator: "×") + "; give data of that shape, or for image files choose "
          + "'resize', 'crop' or 'stretch' under 'preprocess' in a recipe")
    }
    return dataset
  }

  /// Data with a label for every sample, each a class of the network.
  func openLabelled(_ paths: [String], labels: String?) throws(CommandFailure) -> Dataset {
    let dataset = try open(paths, labels: labels, split: .test)
    guard dataset.labels != nil else {
      throw CommandFailure(
        .badInput,
        "data '\(dataset.name)' has no labels, so accuracy cannot be measured; give --labels FILE")
    }
    try CommandFailure.mapping {
      let shapes = try network.inferShapes(ofSample: dataset.sampleShape)
      guard let output = network.outputs.first, let shape = shapes[output] else {
        throw CommandFailure(.badInput, "network '\(network.name)' has no output")
      }
      try dataset.requireLabels(below: shape.dropFirst().reduce(1, *))
    }
    return dataset
  }
}

extension Network {
  /// The shapes of all values for samples of this shape, as many as the network fixes, or one.
  func inferShapes(ofSample shape: [Int]) throws(NetworkError) -> [ValueID: [Int]] {
    let batch = fixedBatchSize ?? 1
    return try inferShapes(batch: batch, inputShapes: [inputs[0]: [batch] + shape])
  }
}
