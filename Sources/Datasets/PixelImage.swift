/// A decoded image: red, green and blue bytes of each pixel, `[height, width, 3]`.
struct PixelImage: Equatable {
  let size: ImageSize
  var pixels: [UInt8]

  /// Decodes a JPEG, PNG or WebP file, whatever its name says.
  ///
  /// - Throws: a `DatasetError` that names the file.
  init(path: String) throws(DatasetError) {
    let content = try FileContent(path: path)
    if content.hasPrefix(JPEGFormat.magic) {
      self = try JPEGFormat.decode(content)
    } else if content.hasPrefix(PNGFormat.magic) {
      self = try PNGFormat.decode(content)
    } else if WebPFormat.matches(content.bytes(0..<min(12, content.count))) {
      self = try WebPFormat.decode(content)
    } else {
      throw DatasetError(
        .unsupported, path, "is no JPEG, PNG or WebP image",
        remedy: "convert it to one of these, or remove it")
    }
  }

  init(size: ImageSize, pixels: [UInt8]) {
    precondition(pixels.count == size.width * size.height * 3, "pixels of another size")
    self.size = size
    self.pixels = pixels
  }

  /// - Throws: `.unsupported` where there are no pixels, or more than the limit.
  static func check(_ size: ImageSize, _ path: String) throws(DatasetError) {
    let (count, overflows) = size.width.multipliedReportingOverflow(by: size.height)
    guard size.width > 0, size.height > 0, !overflows, count <= ImageGeometry.pixelLimit else {
      throw DatasetError(
        .unsupported, path,
        "an image of \(size) pixels is not between 1 and \(ImageGeometry.pixelLimit) pixels",
        remedy: "scale it down or remove it")
    }
  }

  /// The image turned as it is meant to be seen.
  func turned(_ orientation: EXIFOrientation) -> PixelImage {
    if orientation == .upright { return self }
    let isTransposed = orientation.isTransposed
    let turned =
      isTransposed ? ImageSize(width: size.height, height: size.width) : size
    var result = [UInt8](repeating: 0, count: pixels.count)
    for y in 0..<turned.height {
      for x in 0..<turned.width {
        let (a, b) = isTransposed ? (y, x) : (x, y)
        let column = orientation.mirrorsColumns ? size.width - 1 - a : a
        let row = orientation.mirrorsRows ? size.height - 1 - b : b
        let source = (row * size.width + column) * 3
        let target = (y * turned.width + x) * 3
        for channel in 0..<3 { result[target + channel] = pixels[source + channel] }
      }
    }
    return PixelImage(size: turned, pixels: result)
  }

  /// One byte of grey per pixel, as Pillow's mode `L`: ITU-R 601-2 luma in 16 bits, rounded.
  var grey: [UInt8] {
    var result = [UInt8](repeating: 0, count: size.width * size.height)
    for index in result.indices {
      let red = Int(pixels[3 * index])
      let green = Int(pixels[3 * index + 1])
      let blue = Int(pixels[3 * index + 2])
      result[index] = UInt8((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16)
    }
    return result
  }
}
