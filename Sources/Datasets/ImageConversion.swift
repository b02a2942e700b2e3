internal import Tensors

/// Preprocessing made ready for image files: decode, resize, crop, normalise.
struct ImageConversion: Sendable {
  private let geometry: ImageGeometry
  private let size: ImageSize
  private let values: SampleConversion
  private let isGrey: Bool

  /// Of a converted sample: `[3, height, width]`, or `[1, height, width]` of grey.
  var shape: [Int] { values.shape }

  /// - Throws: `.preprocessing` where the statistics do not fit; where the size depends on the
  ///   files also what reading the first one throws.
  init(_ list: ImageList, _ preprocessing: Preprocessing) throws(DatasetError) {
    geometry = preprocessing.geometry
    size =
      if let fixed = geometry.fixedSize { fixed } else {
        geometry.resized(try Self.firstImage(of: list).size)
      }
    precondition([1, 3].contains(preprocessing.imageChannels), "images are grey or of colours")
    isGrey = preprocessing.imageChannels == 1
    var interleaved = preprocessing
    interleaved.layout = .nhwc
    values = try SampleConversion(
      type: .uint8,
      shape: [size.height, size.width, preprocessing.imageChannels], isChannelFirst: false,
      file: list.paths[0], interleaved)
  }

  /// The first that can be decoded: whether others may be left out is not decided here.
  private static func firstImage(of list: ImageList) throws(DatasetError) -> PixelImage {
    var first: DatasetError?
    for path in list.paths {
      do throws(DatasetError) { return try PixelImage(path: path) } catch {
        guard error.isOfImage else { throw error }
        first = first ?? error
      }
    }
    throw first ?? DatasetError(.empty, "images", "there are none", remedy: "give some images")
  }

  /// What preprocessing makes of each byte, `[channels, 256]`.
  var byteTable: [Float] { values.table }

  /// Converts an image file into `output` from index `start` on.
  ///
  /// - Throws: a `DatasetError` that names the file.
  func convert(
    _ path: String, into output: inout [Float], at start: Int
  ) throws(DatasetError) {
    let pixels = try self.pixels(path)
    values.convertBytes(unsafe pixels.span.bytes, into: &output, at: start)
  }

  /// Copies the bytes that `byteTable` takes to the values of `convert`, in the order of `shape`.
  ///
  /// - Throws: a `DatasetError` that names the file.
  func arrange(
    _ path: String, into target: inout [UInt8], at start: Int
  ) throws(DatasetError) {
    let pixels = try self.pixels(path)
    values.arrange(unsafe pixels.span.bytes, into: &target, at: start)
  }

  /// The resized and cropped image, channels last.
  private func pixels(_ path: String) throws(DatasetError) -> [UInt8] {
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
    let cut = image.resized(to: resized, centre: size)
    return isGrey ? cut.grey : cut.pixels
  }
}
