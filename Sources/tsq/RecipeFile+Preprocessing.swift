import Datasets

/// How samples become the network's input: the name of a preset, or the numbers themselves.
enum PreprocessEntry: Codable, Equatable {
  case preset(String)
  case mapping(Mapping)

  /// What is left out is as in the preset `none`.
  struct Mapping: Codable, Equatable {
    var scale: Double?
    var mean: Numbers?
    var std: Numbers?
    var channels: String?
    var layout: String?
    /// Of image files: pixels of the shorter side.
    var resize: Int?
    /// Of image files: width and height, whatever their proportion was.
    var stretch: [Int]?
    /// Of image files: what is cut from the centre.
    var crop: Crop?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case scale, mean, std, channels, layout, resize, stretch, crop
    }
  }

  /// One number for all channels, or a list with one per channel.
  struct Numbers: Codable, Equatable {
    let values: [Double]

    init(_ values: [Double]) { self.values = values }

    init(from decoder: any Decoder) throws {
      do {
        values = [try decoder.singleValueContainer().decode(Double.self)]
      } catch DecodingError.typeMismatch {
        values = try [Double](from: decoder)
      }
    }

    func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
  }

  init(from decoder: any Decoder) throws {
    do {
      self = .preset(try decoder.singleValueContainer().decode(String.self))
    } catch DecodingError.typeMismatch {
      self = .mapping(try Mapping(from: decoder))
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .preset(let name):
      var container = encoder.singleValueContainer()
      try container.encode(name)
    case .mapping(let mapping): try mapping.encode(to: encoder)
    }
  }
}

extension PreprocessEntry.Mapping {
  /// Every number and choice of `preprocessing`.
  init(_ preprocessing: Preprocessing) {
    scale = Double(exactText: preprocessing.scale)
    mean = PreprocessEntry.Numbers(preprocessing.mean.map { Double(exactText: $0) })
    std = PreprocessEntry.Numbers(preprocessing.deviation.map { Double(exactText: $0) })
    channels = preprocessing.channelOrder.rawValue
    layout = preprocessing.layout.rawValue
    switch preprocessing.geometry.resize {
    case .none: break
    case .shortSide(let side): resize = side
    case .stretch(let size): stretch = [size.width, size.height]
    }
    switch preprocessing.geometry.crop {
    case .none: break
    case .input: crop = .input
    case .size(let size): crop = .size([size.width, size.height])
    }
  }
}

extension RecipeFile {
  /// A recipe that only chooses preprocessing.
  init(preset: String?) {
    self.init()
    preprocess = preset.map { .preset($0) }
  }

  /// The preprocessing that the recipe asks for; none where it says nothing.
  func preprocessing() throws(CommandFailure) -> Preprocessing {
    switch preprocess {
    case nil: return .none
    case .preset(let name):
      guard let preprocessing = Preprocessing(preset: name) else {
        throw CommandFailure(
          .badRecipe,
          "preprocessing '\(name)' is not known; choose "
            + Preprocessing.presetNames.joined(separator: ", ")
            + ", or give scale, mean, std, channels, layout, resize, stretch and crop in a recipe")
      }
      return preprocessing
    case .mapping(let mapping):
      var preprocessing = Preprocessing.none
      if let scale = mapping.scale { preprocessing.scale = Float(scale) }
      if let mean = mapping.mean { preprocessing.mean = mean.values.map { Float($0) } }
      if let std = mapping.std { preprocessing.deviation = std.values.map { Float($0) } }
      if let name = mapping.channels {
        preprocessing.channelOrder = try Self.choice("preprocess.channels", name)
      }
      if let name = mapping.layout {
        preprocessing.layout = try Self.choice("preprocess.layout", name)
      }
      preprocessing.geometry = try ImageGeometry(mapping)
      let numbers = [preprocessing.scale] + preprocessing.mean + preprocessing.deviation
      guard numbers.allSatisfy(\.isFinite), !preprocessing.deviation.contains(0),
        !preprocessing.mean.isEmpty, !preprocessing.deviation.isEmpty
      else {
        throw CommandFailure(
          .badRecipe,
          "'preprocess' needs finite numbers, at least one mean and std, and no std of 0")
      }
      return preprocessing
    }
  }
}

extension Double {
  /// The number that the shortest text of `value` means; as such a file shows it without the digits
  /// that only the wider type has.
  fileprivate init(exactText value: Float) { self = Double("\(value)") ?? Double(value) }
}
