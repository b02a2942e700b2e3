internal import CTurboJPEG
internal import Tensors

/// JPEG files, decoded by TurboJPEG to RGB: grey is spread, CMYK converted, EXIF obeyed.
enum JPEGFormat {
  static let magic: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// - Throws: `.truncated`, `.damaged` or `.unsupported`.
  static func decode(_ content: FileContent) throws(DatasetError) -> PixelImage {
    var bytes = content.bytes(0..<content.count)
    var decoder = Decoder()
    var frame = decoder.frame(of: bytes)
    // Some cameras leave bytes between segments, which no program minds.
    if frame == nil, decoder.reason.contains(strayBytes) {
      let segments = JPEGSegments(bytes)
      if segments.strayCount > 0 {
        bytes = segments.cleaned(bytes)
        frame = decoder.frame(of: bytes)
      }
    }
    guard let frame else { throw fault(decoder.reason, content.path) }
    // A file that ends before its frame header has no size, which is no error to the library.
    guard frame.width > 0, frame.height > 0 else {
      throw fault("it has no frame header", content.path)
    }
    let size = ImageSize(width: Int(frame.width), height: Int(frame.height))
    try PixelImage.check(size, content.path)
    var pixels = [UInt8](repeating: 0, count: size.width * size.height * frame.channels)
    if !decoder.decode(bytes, frame, into: &pixels) {
      // Bytes between the last pixel and the end lose nothing, if there is an end: the library
      // tells only the first of its warnings, and a file that was cut has none.
      let isHarmless =
        decoder.onlyWarned && decoder.reason.contains(strayBytes)
        && decoder.reason.hasSuffix("0xd9") && JPEGSegments(bytes).hasEnd(bytes)
      if !isHarmless { throw fault(decoder.reason, content.path) }
    }
    let image = PixelImage(size: size, pixels: frame.isFourColour ? colours(pixels) : pixels)
    return image.turned(EXIFOrientation(jpeg: bytes))
  }

  private static let strayBytes = "extraneous bytes"

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

/// What a JPEG file says of its picture.
private struct Frame {
  var width: Int32 = 0
  var height: Int32 = 0
  var isFourColour = false

  var channels: Int { isFourColour ? 4 : 3 }
}

/// A TurboJPEG decoder.
@safe private struct Decoder: ~Copyable {
  private let handle: tjhandle
  /// Of the last call that did not succeed without a warning.
  private(set) var reason = ""
  private(set) var onlyWarned = false

  init() {
    guard let handle = unsafe tjInitDecompress() else { preconditionFailure("no TurboJPEG") }
    unsafe self.handle = handle
  }

  deinit { unsafe _ = tjDestroy(handle) }

  /// Nil where the library fails or warns.
  mutating func frame(of bytes: [UInt8]) -> Frame? {
    var frame = Frame()
    var sampling: Int32 = 0
    var space: Int32 = 0
    let status = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe tjDecompressHeader3(
        handle, bytes.baseAddress, UInt(bytes.count), &frame.width, &frame.height, &sampling, &space
      )
    }
    frame.isFourColour = [TJCS_CMYK.rawValue, TJCS_YCCK.rawValue].contains(UInt32(space))
    return note(status) ? frame : nil
  }

  /// - Returns: whether the library neither failed nor warned.
  mutating func decode(_ bytes: [UInt8], _ frame: Frame, into pixels: inout [UInt8]) -> Bool {
    let format = frame.isFourColour ? TJPF_CMYK : TJPF_RGB
    let status = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe pixels.withUnsafeMutableBufferPointer { target in
        // Files of endless empty scans would take endless time.
        unsafe tjDecompress2(
          handle, bytes.baseAddress, UInt(bytes.count), target.baseAddress, frame.width,
          frame.width * Int32(frame.channels), frame.height, Int32(format.rawValue),
          TJFLAG_LIMITSCANS)
      }
    }
    return note(status)
  }

  private mutating func note(_ status: Int32) -> Bool {
    guard status != 0 else { return true }
    reason = unsafe String(cString: tjGetErrorStr2(handle))
    onlyWarned = unsafe tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
    return false
  }
}
