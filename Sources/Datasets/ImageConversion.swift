internal import Tensors

/// Preprocessing made ready for image files: decode, resize, crop, normalise.
struct ImageConversion: Sendable {
  private let geometry: ImageGeometry
  private let size: ImageSize
  private let values: SampleConversion

  /// Of a converted sample: `[3, height, width]`.
  var shape: [Int] { values.shape }

  /// - Throws: `.preprocessing` where the statistics do not fit; where the size depends on the
  ///   files also what reading the first one throws.
  init(_ list: ImageList, _ preprocessing: Preprocessing) throws(DatasetError) {
    geometry = preprocessing.geometry
    size =
      if let fixed = geometry.fixedSize { fixed } else {
        geometry.resized(try PixelImage(path: list.paths[0]).size)
      }
    var interleaved = preprocessing
    interleaved.layout = .nhwc
    values = try SampleConversion(
      type: .uint8, shape: [size.height, size.width, 3], isChannelFirst: false,
      file: list.paths[0], interleaved)
  }

  /// Converts an image file into `output` from index `start` on.
  ///
  /// - Throws: a `DatasetError` that names the file.
  func convert(
    _ path: String, into output: inout [Float], at start: Int
  ) throws(DatasetError) {
    let image = try PixelImage(path: path)
    let resized = geometry.resized(image.size)
    try PixelImage.check(resized, path)
    let isCropped = geometry.crop != .none
    let fits =
      isCropped
      ? resized.width >= size.width && resized.height >= size.height : resized == size
    guard fits else {
      let how = geometry.resize == .none ? "is \(resized) pixels" : "resized is \(resized) pixels"
      throw DatasetError(
        .wrongShape, path,
        isCropped
          ? "\(how), so \(size) cannot be cut from it"
          : "\(how), but the images before are \(size)",
        remedy: "give images of one size, or choose 'resize', 'crop' or 'stretch' under "
          + "'preprocess' in a recipe")
    }
    let pixels = image.resized(to: resized).centre(size).pixels
    values.convertBytes(unsafe pixels.span.bytes, into: &output, at: start)
  }
}
