import Datasets

extension PreprocessEntry {
  /// A square's side, width and height, or `input`.
  enum Crop: Codable, Equatable {
    case input
    case size([Int])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      do {
        self = .size([try value.decode(Int.self)])
        return
      } catch DecodingError.typeMismatch {}
      do {
        self = .size(try [Int](from: decoder))
        return
      } catch DecodingError.typeMismatch {}
      guard try value.decode(String.self) == "input" else {
        throw DecodingError.dataCorruptedError(
          in: value, debugDescription: "it is a side, [width, height] or 'input'")
      }
      self = .input
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .input:
        var container = encoder.singleValueContainer()
        try container.encode("input")
      case .size(let sides): try sides.encode(to: encoder)
      }
    }
  }
}

extension ImageGeometry {
  /// - Throws: where sizes are not 1 to 65,535 pixels, or two ways to resize are given.
  init(_ entry: PreprocessEntry.Mapping) throws(CommandFailure) {
    self.init()
    if entry.resize != nil && entry.stretch != nil {
      throw CommandFailure(
        .badRecipe, "'preprocess' has both 'resize' and 'stretch'; leave out one")
    }
    if let side = entry.resize {
      resize = .shortSide(try Self.size([side], "resize").width)
    } else if let sides = entry.stretch {
      guard sides.count == 2 else {
        throw CommandFailure(.badRecipe, "'preprocess.stretch' is to be [width, height]")
      }
      resize = .stretch(try Self.size(sides, "stretch"))
    }
    switch entry.crop {
    case nil: break
    case .input: crop = .input
    case .size(let sides): crop = .size(try Self.size(sides, "crop"))
    }
  }

  private static func size(_ sides: [Int], _ key: String) throws(CommandFailure) -> ImageSize {
    guard (1...2).contains(sides.count), sides.allSatisfy({ (1...65_535).contains($0) }) else {
      throw CommandFailure(
        .badRecipe,
        "'preprocess.\(key)' is to be in pixels, 1 to 65535, not "
          + sides.map(String.init).joined(separator: ", "))
    }
    return ImageSize(width: sides[0], height: sides[sides.count - 1])
  }
}
