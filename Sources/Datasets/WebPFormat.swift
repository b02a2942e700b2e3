internal import CWebP
internal import Tensors

/// WebP files, lossy or lossless, decoded by libwebp to RGB: transparency is dropped, EXIF obeyed.
enum WebPFormat {
  /// RIFF, a length, WEBP.
  static func matches(_ start: [UInt8]) -> Bool {
    start.count >= 12 && Array(start[..<4]) == Array("RIFF".utf8)
      && Array(start[8..<12]) == Array("WEBP".utf8)
  }

  /// - Throws: `.truncated`, `.damaged` or `.unsupported`.
  static func decode(_ content: FileContent) throws(DatasetError) -> PixelImage {
    var features = WebPBitstreamFeatures()
    let status = content.withBytes { bytes in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe WebPGetFeatures(
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &features)
      }
    }
    guard status == VP8_STATUS_OK else { throw fault(status, content.path) }
    guard features.has_animation == 0 else {
      throw DatasetError(
        .unsupported, content.path, "is an animation, not an image",
        remedy: "write one picture of it, or remove it")
    }
    let size = ImageSize(width: Int(features.width), height: Int(features.height))
    try PixelImage.check(size, content.path)
    // The RIFF header states how long the file is to be: what is missing is grey to the decoder.
    guard content.count >= 8 + content.little(4, width: 4) else {
      throw fault(VP8_STATUS_NOT_ENOUGH_DATA, content.path)
    }
    var pixels = [UInt8](repeating: 0, count: size.width * size.height * 3)
    let isDecoded = content.withBytes { bytes in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe pixels.withUnsafeMutableBufferPointer { target in
          unsafe WebPDecodeRGBInto(
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
            target.baseAddress, target.count, Int32(size.width * 3)) != nil
        }
      }
    }
    guard isDecoded else { throw fault(VP8_STATUS_BITSTREAM_ERROR, content.path) }
    return PixelImage(size: size, pixels: pixels).turned(EXIFOrientation(webP: content))
  }

  private static func fault(_ status: VP8StatusCode, _ path: String) -> DatasetError {
    let isCut = status == VP8_STATUS_NOT_ENOUGH_DATA
    return DatasetError(
      isCut ? .truncated : .damaged, path,
      isCut ? "the WebP image ends early" : "the WebP image cannot be decoded",
      remedy: "fetch or write it again, or remove it")
  }
}
