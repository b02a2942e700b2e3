internal import Tensors

/// The bytes of a data file: mapped in place, or held in memory where they had to be inflated.
struct FileContent: Sendable {
  /// What messages call it: the file, or an entry of it.
  let path: String
  /// The file that it comes from.
  let file: String
  private let storage: Storage

  private enum Storage: Sendable {
    case mapped(MappedFile, Range<Int>)
    case owned([UInt8])
  }

  /// Opens a file; gzip is inflated.
  init(path: String) throws(DatasetError) {
    let file: MappedFile
    do throws(FileError) {
      file = try MappedFile(path: path)
    } catch {
      throw DatasetError(error)
    }
    guard file.count > 0 else {
      throw DatasetError(.empty, path, "the file is empty", remedy: "fetch or write it again")
    }
    self.path = path
    self.file = path
    if file.count >= 18, file.bytes(0..<2) == [0x1F, 0x8B] {
      storage = .owned(try inflateGzip(file))
    } else {
      storage = .mapped(file, 0..<file.count)
    }
  }

  /// The first bytes of a file as they are on the disk; fewer where it is shorter.
  static func start(of path: String, count: Int) throws(DatasetError) -> [UInt8] {
    do throws(FileError) {
      let file = try MappedFile(path: path)
      return file.bytes(0..<min(count, file.count))
    } catch {
      throw DatasetError(error)
    }
  }

  private init(path: String, file: String, storage: Storage) {
    self.path = path
    self.file = file
    self.storage = storage
  }

  /// Bytes made in memory from this content.
  func replaced(by bytes: [UInt8]) -> FileContent {
    FileContent(path: path, file: file, storage: .owned(bytes))
  }

  var count: Int {
    switch storage {
    case .mapped(_, let range): range.count
    case .owned(let bytes): bytes.count
    }
  }

  /// A part of the same bytes under another name, without a copy where they are mapped.
  /// - Precondition: `range` lies in `0..<count`.
  func part(_ range: Range<Int>, name: String) -> FileContent {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside the content")
    switch storage {
    case .mapped(let map, let whole):
      let start = whole.lowerBound
      let moved = start + range.lowerBound..<start + range.upperBound
      return FileContent(path: name, file: file, storage: .mapped(map, moved))
    case .owned(let bytes):
      return FileContent(path: name, file: file, storage: .owned(Array(bytes[range])))
    }
  }

  /// A copy of the bytes in `range`.
  func bytes(_ range: Range<Int>) -> [UInt8] {
    switch storage {
    case .mapped(let file, let whole):
      file.bytes(whole.lowerBound + range.lowerBound..<whole.lowerBound + range.upperBound)
    case .owned(let bytes): Array(bytes[range])
    }
  }

  func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch storage {
    case .mapped(let file, let range):
      return try file.withBytes { (all: RawSpan) throws(Failure) in
        try body(all.extracting(range))
      }
    case .owned(let bytes):
      return try body(unsafe bytes.span.bytes)
    }
  }

  /// One byte. Complexity: O(1).
  func byte(_ offset: Int) -> UInt8 {
    withBytes { $0.byte(offset) }
  }

  /// An unsigned little-endian number of `width` bytes.
  func little(_ offset: Int, width: Int) -> Int {
    bytes(offset..<offset + width).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// An unsigned big-endian number of `width` bytes.
  func big(_ offset: Int, width: Int) -> Int {
    bytes(offset..<offset + width).reduce(0) { $0 << 8 | Int($1) }
  }

  func hasPrefix(_ magic: [UInt8]) -> Bool {
    count >= magic.count && bytes(0..<magic.count) == magic
  }
}

extension RawSpan {
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
