internal import CTurboJPEG
internal import Datasets
internal import Glibc
internal import Tensors

/// JPEG files of some 95 kB to normalised samples of 224 × 224, as classifiers of ImageNet read.
func imageCases(smoke: Bool) -> [NamedCase] {
  [
    NamedCase("images 500x375, JPEG of 95 kB, to 224x224") { name in
      imageCase(name, JPEGFiles(count: smoke ? 1 : 8))
    }
  ]
}

private func imageCase(_ name: String, _ files: JPEGFiles) -> BenchCase {
  var next = 0
  func turn() -> Int {
    next = (next + 1) % files.paths.count
    return next
  }
  // Rates are in 10⁹, so that one image counts 10⁹ images.
  return BenchCase(
    name: name, unit: "images/s", baseline: "TurboJPEG alone",
    contenders: [
      Contender(
        name: "TurboJPEG alone", amount: 1e9, isRight: { true },
        run: { _ = files.decoded(turn()) }),
      Contender(
        name: "decode, resize, crop, normalise", amount: 1e9,
        isRight: { files.areRight }, run: { _ = files.sample(turn()) }),
    ])
}

/// Made-up photographs in a temporary folder that goes with this value.
@safe
private final class JPEGFiles {
  static let size = ImageSize(width: 500, height: 375)
  static let wantedBytes = 95_000

  private let folder: String
  let paths: [String]
  private let contents: [[UInt8]]
  private let data: Dataset

  init(count: Int) {
    var name = Array("/tmp/tsq-bench-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&name) != nil
    precondition(made, "there is no temporary folder")
    folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    contents = (0..<count).map { jpeg(of: madeUpImage(Self.size, seed: UInt64($0)), Self.size) }
    var paths: [String] = []
    for (index, bytes) in contents.enumerated() {
      let path = "\(folder)/\(index).jpg"
      let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
      let written = unsafe write(file, bytes, bytes.count)
      precondition(file >= 0 && written == bytes.count, "\(path) cannot be written")
      close(file)
      paths.append(path)
    }
    self.paths = paths
    do throws(DatasetError) {
      data = try Dataset.open(paths: paths, preprocessing: .imagenet)
    } catch { preconditionFailure("\(error)") }
  }

  deinit {
    for path in paths { unsafe unlink(path) }
    unsafe rmdir(folder)
  }

  /// What `Dataset` makes of a file.
  func sample(_ index: Int) -> Tensor {
    do throws(DatasetError) {
      return try data.samples(index..<index + 1)
    } catch { preconditionFailure("\(error)") }
  }

  /// The pixels of a file.
  func decoded(_ index: Int) -> [UInt8] {
    let bytes = contents[index]
    var pixels = [UInt8](repeating: 0, count: Self.size.width * Self.size.height * 3)
    guard let decoder = unsafe tjInitDecompress() else { preconditionFailure("no TurboJPEG") }
    defer { unsafe _ = tjDestroy(decoder) }
    let status = unsafe pixels.withUnsafeMutableBufferPointer { pixels in
      unsafe tjDecompress2(
        decoder, bytes, UInt(bytes.count), pixels.baseAddress, Int32(Self.size.width), 0,
        Int32(Self.size.height), Int32(TJPF_RGB.rawValue), 0)
    }
    precondition(status == 0, "a JPEG file of its own does not decode")
    return pixels
  }

  /// Whether each sample is, exactly, what the definition gives.
  var areRight: Bool {
    paths.indices.allSatisfy { index in
      let bytes = plainlyResized(decoded(index), from: Self.size)
      let found = sample(index).values
      let preprocessing = Preprocessing.imagenet
      return found.indices.allSatisfy { place in
        let channel = place / (224 * 224)
        let value = Float(bytes[place % (224 * 224) * 3 + channel]) * preprocessing.scale
        return found[place]
          == (value - preprocessing.mean[channel]) / preprocessing.deviation[channel]
      }
    }
  }
}

/// The short side to 256, then the middle of 224 × 224, with bytes between rows and columns.
private func plainlyResized(_ pixels: [UInt8], from size: ImageSize) -> [UInt8] {
  let width = size.width * 256 / size.height
  /// The weights of value `index` of an axis that is resized to `target`, 2²² for 1.
  func taps(_ index: Int, _ source: Int, _ target: Int) -> [(place: Int, weight: Int)] {
    let ratio = Double(source) / Double(target)
    let centre = (Double(index) + 0.5) * ratio
    let places = max(0, Int(centre - ratio + 0.5))..<min(source, Int(centre + ratio + 0.5))
    let heights = places.map { max(0, 1 - abs(Double($0) + 0.5 - centre) / ratio) }
    let sum = heights.reduce(0, +)
    return zip(places, heights).map { ($0, Int($1 / sum * Double(1 << 22) + 0.5)) }
  }
  func byte(_ sum: Int) -> Int { min(255, (sum + 1 << 21) >> 22) }
  let left = Int((Double(width - 224) / 2).rounded(.toNearestOrEven))
  let columns = (left..<left + 224).map { taps($0, size.width, width) }
  let rows = (16..<240).map { taps($0, size.height, 256) }
  var narrow: [Int] = []
  for row in 0..<size.height {
    for column in columns {
      for channel in 0..<3 {
        narrow.append(
          byte(
            column.reduce(0) {
              $0 + $1.weight * Int(pixels[(row * size.width + $1.place) * 3 + channel])
            }))
      }
    }
  }
  return rows.flatMap { row in
    (0..<224 * 3).map { at in
      UInt8(byte(row.reduce(0) { $0 + $1.weight * narrow[$1.place * 224 * 3 + at] }))
    }
  }
}

/// A picture whose details are as strong as they are large, as those of photographs.
private func madeUpImage(_ size: ImageSize, seed: UInt64) -> [UInt8] {
  var words = SeededWords(seed: seed)
  var values = [Double](repeating: 128, count: size.width * size.height * 3)
  for scale in [1, 2, 4, 8, 16, 32, 64, 128] {
    let (width, height) = (size.width / scale + 2, size.height / scale + 2)
    let grid = (0..<width * height * 3).map { _ in Double(words.next() >> 40) * 0x1p-24 - 0.5 }
    let strength = 7 * Double(scale).squareRoot()
    for y in 0..<size.height {
      let (row, down) = (y / scale, Double(y % scale) / Double(scale))
      for x in 0..<size.width {
        let (column, right) = (x / scale, Double(x % scale) / Double(scale))
        for channel in 0..<3 {
          func at(_ row: Int, _ column: Int) -> Double {
            grid[(row * width + column) * 3 + channel]
          }
          let upper = at(row, column) * (1 - right) + at(row, column + 1) * right
          let lower = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right
          values[(y * size.width + x) * 3 + channel] +=
            strength * (upper * (1 - down) + lower * down)
        }
      }
    }
  }
  return values.map { UInt8(min(max($0, 0), 255)) }
}

/// The image in the quality that comes nearest to the wanted size, colours at half the resolution.
private func jpeg(of pixels: [UInt8], _ size: ImageSize) -> [UInt8] {
  guard let encoder = unsafe tjInitCompress() else { preconditionFailure("no TurboJPEG") }
  defer { unsafe _ = tjDestroy(encoder) }
  var best: [UInt8] = []
  func distance(_ file: [UInt8]) -> Int { abs(file.count - JPEGFiles.wantedBytes) }
  for quality in Int32(40)...98 {
    var buffer: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    let status = unsafe tjCompress2(
      encoder, pixels, Int32(size.width), 0, Int32(size.height), Int32(TJPF_RGB.rawValue), &buffer,
      &count, Int32(TJSAMP_420.rawValue), quality, 0)
    guard status == 0, let start = unsafe buffer else { preconditionFailure("no JPEG came of it") }
    let file = unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
    unsafe tjFree(start)
    if best.isEmpty || distance(file) < distance(best) { best = file }
  }
  return best
}
