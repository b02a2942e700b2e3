internal import CPNG
internal import Tensors

/// PNG files, decoded by libpng to RGB bytes: grey and palettes are spread, 16 bits rounded to 8,
/// transparency dropped, EXIF obeyed, colours brought to sRGB where the file states another gamma.
enum PNGFormat {
  static let magic: [UInt8] = [0x89, 0x50, 0x4E, 0x47]

  /// - Throws: `.damaged` or `.unsupported`.
  static func decode(_ content: FileContent) throws(DatasetError) -> PixelImage {
    try content.withBytes { (bytes: RawSpan) throws(DatasetError) in
      try decode(bytes, content.path)
    }.turned(EXIFOrientation(png: content))
  }

  private static func decode(_ bytes: RawSpan, _ path: String) throws(DatasetError) -> PixelImage {
    var image = unsafe png_image()
    unsafe tsq_png_start(&image)
    defer { unsafe png_image_free(&image) }
    // The image refers to the bytes until it is finished, so both calls stay in here.
    let outcome: Result<PixelImage, DatasetError> = unsafe bytes.withUnsafeBytes { bytes in
      guard
        unsafe png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0
      else { return .failure(unsafe fault(&image, path)) }
      let size = unsafe ImageSize(width: Int(image.width), height: Int(image.height))
      do throws(DatasetError) {
        try PixelImage.check(size, path)
      } catch {
        return .failure(error)
      }
      unsafe image.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
      unsafe image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      var pixels = [UInt8](repeating: 0, count: size.width * size.height * 4)
      let isRead = unsafe pixels.withUnsafeMutableBytes { target in
        unsafe png_image_finish_read(&image, nil, target.baseAddress, 0, nil) != 0
      }
      guard isRead else { return .failure(unsafe fault(&image, path)) }
      return .success(PixelImage(size: size, pixels: withoutAlpha(pixels)))
    }
    return try outcome.get()
  }

  private static func fault(_ image: inout png_image, _ path: String) -> DatasetError {
    let reason = unsafe String(cString: tsq_png_message(&image))
    return DatasetError(
      .damaged, path, "the PNG image cannot be decoded (\(reason))",
      remedy: "fetch or write it again, or remove it")
  }

  private static func withoutAlpha(_ pixels: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count / 4 * 3)
    for start in stride(from: 0, to: pixels.count, by: 4) {
      result += pixels[start..<start + 3]
    }
    return result
  }
}
