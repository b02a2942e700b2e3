/// Extents of an image in pixels.
package struct ImageSize: Sendable, Equatable, CustomStringConvertible {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package var description: String { "\(width)×\(height)" }
}

/// How image files of any size become samples of one; arrays stay as they are.
package struct ImageGeometry: Sendable, Equatable {
  /// How an image is brought to another size.
  package enum Resize: Sendable, Equatable {
    case none
    /// The shorter side to so many pixels, the longer in proportion, rounded down.
    case shortSide(Int)
    /// Both sides, whatever their proportion was.
    case stretch(ImageSize)
  }

  /// What is cut from the centre afterwards.
  package enum Crop: Sendable, Equatable {
    case none
    /// As much as the network reads; 224×224 where it leaves that open.
    case input
    case size(ImageSize)
  }

  package var resize: Resize
  package var crop: Crop

  package init(resize: Resize = .none, crop: Crop = .none) {
    self.resize = resize
    self.crop = crop
  }

  /// Images as they are.
  package static let none = ImageGeometry()
}

extension ImageGeometry {
  /// More pixels than this are refused, in a file and after resizing: a small file can promise
  /// more than the memory holds.
  static let pixelLimit = 100_000_000

  /// What a resized image measures.
  func resized(_ size: ImageSize) -> ImageSize {
    switch resize {
    case .none: return size
    case .stretch(let size): return size
    case .shortSide(let side):
      let short = min(size.width, size.height)
      let long = max(size.width, size.height) * side / short
      return size.width <= size.height
        ? ImageSize(width: side, height: long) : ImageSize(width: long, height: side)
    }
  }

  /// What every sample measures, where that does not depend on the file.
  var fixedSize: ImageSize? {
    switch (crop, resize) {
    case (.size(let size), _): size
    case (.input, _): ImageSize(width: 224, height: 224)
    case (.none, .stretch(let size)): size
    case (.none, _): nil
    }
  }
}
