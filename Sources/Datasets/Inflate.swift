internal import CZlib
internal import Tensors

/// How deflated bytes are framed.
enum DeflateFraming { case raw, gzip }

/// Inflates a whole gzip file, of one or several members; zlib verifies the checksums.
func inflateGzip(_ file: MappedFile) throws(DatasetError) -> [UInt8] {
  let path = file.path
  return try file.withBytes { (span: RawSpan) throws(DatasetError) in
    var output: [UInt8] = []
    var start = 0
    while start < span.byteCount {
      start += try inflate(
        span.extracting(start..<span.byteCount), framing: .gzip, into: &output, limit: nil,
        path: path)
    }
    return output
  }
}

/// Appends one inflated stream to `output`; returns how many bytes of `input` it took.
///
/// - Parameter limit: the bytes that `output` may have in the end, where that is known; a few
///   bytes can otherwise be made to fill the memory.
/// - Throws: `.damaged` where the stream is not deflated data, holds more or its checksum is wrong,
///   `.truncated` where it ends early.
func inflate(
  _ input: RawSpan, framing: DeflateFraming, into output: inout [UInt8], limit: Int?, path: String
) throws(DatasetError) -> Int {
  var stream = unsafe z_stream()
  let opened =
    switch framing {
    case .raw: unsafe tsq_inflate_raw_init(&stream)
    case .gzip: unsafe tsq_inflate_gzip_init(&stream)
    }
  precondition(opened == Z_OK, "zlib cannot start (\(opened))")
  defer { unsafe _ = inflateEnd(&stream) }
  var chunk = [UInt8](repeating: 0, count: 1 << 20)
  var taken = 0
  while true {
    // zlib counts in 32 bits, so large inputs go in pieces.
    let offered = min(input.byteCount - taken, 1 << 30)
    let room = chunk.count
    let status = unsafe input.withUnsafeBytes { bytes in
      unsafe chunk.withUnsafeMutableBufferPointer { target in
        let start = unsafe bytes.baseAddress?.advanced(by: taken)
        unsafe stream.next_in = UnsafeMutableRawPointer(mutating: start)?
          .assumingMemoryBound(to: UInt8.self)
        unsafe stream.avail_in = UInt32(offered)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(room)
        return unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
      }
    }
    taken += unsafe offered - Int(stream.avail_in)
    let made = unsafe room - Int(stream.avail_out)
    if let limit, output.count + made > limit {
      throw DatasetError(
        .damaged, path, "holds more than the \(limit) bytes that it declares",
        remedy: "fetch or write it again")
    }
    output.append(contentsOf: chunk[..<made])
    if status == Z_STREAM_END { return taken }
    guard status == Z_OK || status == Z_BUF_ERROR else {
      let reason = unsafe stream.msg.map { unsafe String(cString: $0) } ?? "code \(status)"
      throw DatasetError(
        .damaged, path, "cannot be inflated near byte \(taken): \(reason)",
        remedy: "fetch or write it again")
    }
    if made == 0 && taken == input.byteCount {
      throw DatasetError(
        .truncated, path, "the compressed bytes end early, after \(output.count) inflated bytes",
        remedy: "fetch or write it again")
    }
  }
}

/// The CRC-32 of zip and gzip.
func checksum(_ bytes: [UInt8]) -> UInt32 {
  var sum = crc32(0, nil, 0)
  var start = 0
  while start < bytes.count {
    let count = min(bytes.count - start, 1 << 30)
    sum = unsafe bytes.withUnsafeBufferPointer {
      unsafe crc32(sum, $0.baseAddress! + start, UInt32(count))
    }
    start += count
  }
  return UInt32(sum)
}
