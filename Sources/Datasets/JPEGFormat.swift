internal import CTurboJPEG
internal import Tensors

/// JPEG files, decoded by TurboJPEG to RGB: grey is spread, CMYK converted, EXIF obeyed.
enum JPEGFormat {
  static let magic: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// - Throws: `.truncated`, `.damaged` or `.unsupported`.
  static func decode(_ content: FileContent) throws(DatasetError) -> PixelImage {
    guard let decoder = unsafe tjInitDecompress() else { preconditionFailure("no TurboJPEG") }
    defer { unsafe _ = tjDestroy(decoder) }
    var width: Int32 = 0
    var height: Int32 = 0
    var sampling: Int32 = 0
    var space: Int32 = 0
    let header = content.withBytes { bytes in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe tjDecompressHeader3(
          decoder, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count),
          &width, &height, &sampling, &space)
      }
    }
    guard header == 0 else {
      throw fault(unsafe String(cString: tjGetErrorStr2(decoder)), content.path)
    }
    // A file that ends before its frame header has no size, which is no error to the library.
    guard width > 0, height > 0 else { throw fault("it has no frame header", content.path) }
    let size = ImageSize(width: Int(width), height: Int(height))
    try PixelImage.check(size, content.path)
    let isFourColour = [TJCS_CMYK.rawValue, TJCS_YCCK.rawValue].contains(UInt32(space))
    let format = isFourColour ? TJPF_CMYK : TJPF_RGB
    let pitch = width * (isFourColour ? 4 : 3)
    var pixels = [UInt8](repeating: 0, count: Int(pitch) * size.height)
    let status = content.withBytes { bytes in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe pixels.withUnsafeMutableBufferPointer { target in
          // Files of endless empty scans would take endless time.
          unsafe tjDecompress2(
            decoder, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count),
            target.baseAddress, width, pitch, height, Int32(format.rawValue), TJFLAG_LIMITSCANS)
        }
      }
    }
    if status != 0 {
      let reason = unsafe String(cString: tjGetErrorStr2(decoder))
      // Some cameras leave bytes between segments, which no decoder minds.
      let isHarmless =
        unsafe tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue)
        && reason.contains("extraneous bytes")
      if !isHarmless { throw fault(reason, content.path) }
    }
    let image = PixelImage(size: size, pixels: isFourColour ? colours(pixels) : pixels)
    return image.turned(EXIFOrientation(jpeg: content))
  }

  private static func fault(_ reason: String, _ path: String) -> DatasetError {
    let isCut = reason.contains("Premature end")
    return DatasetError(
      isCut ? .truncated : .damaged, path,
      isCut ? "the JPEG image ends early" : "the JPEG image cannot be decoded (\(reason))",
      remedy: "fetch or write it again, or remove it")
  }

  /// RGB of inverted CMYK, as programs write it: 255 is no ink.
  private static func colours(_ inks: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(inks.count / 4 * 3)
    for start in stride(from: 0, to: inks.count, by: 4) {
      let light = Int(inks[start + 3])
      for ink in 0..<3 {
        // The rounded product over 255, taken from the light that black leaves.
        let product = (255 - Int(inks[start + ink])) * light + 128
        result.append(UInt8(light - ((product >> 8) + product) >> 8))
      }
    }
    return result
  }
}
