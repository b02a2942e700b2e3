import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

/// Decoding and resizing, against Pillow.
@Suite(.timeLimit(.minutes(10))) struct `images` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The sample of an image file.
  private func sample(
    _ image: [UInt8], _ geometry: ImageGeometry = .none, named name: String = "image"
  ) throws -> Tensor {
    let path = try scratch.write(name, image)
    return try Dataset.open(path: path, preprocessing: Preprocessing(geometry: geometry))
      .samples(0..<1)
  }

  /// The largest distance from interleaved `pixels`; none where the shapes differ.
  private func distance(_ sample: Tensor, _ pixels: [UInt8]) -> Float {
    let plane = pixels.count / 3
    guard sample.values.count == pixels.count else { return .infinity }
    return pixels.indices.map {
      abs(sample.values[$0 % 3 * plane + $0 / 3] - Float(pixels[$0]))
    }.max() ?? .infinity
  }

  @Test func `decode as Pillow decodes them`() throws {
    let cases: [(String, [UInt8], [UInt8], Float)] = [
      ("RGB JPEG", ImageFixtures.colour, ImageFixtures.colourPixels, 1),
      ("grey JPEG", ImageFixtures.grey, ImageFixtures.greyPixels, 1),
      ("CMYK JPEG", ImageFixtures.inks, ImageFixtures.inksPixels, 2),
      ("PNG with alpha", ImageFixtures.transparent, ImageFixtures.plainPixels, 0),
      ("16-bit PNG", ImageFixtures.deep, ImageFixtures.plainPixels, 1),
      ("grey PNG", ImageFixtures.greyPNG, ImageFixtures.lumaPixels, 0),
      ("grey 16-bit PNG", ImageFixtures.greyDeep, ImageFixtures.lumaPixels, 0),
      ("grey PNG with alpha", ImageFixtures.greyAlpha, ImageFixtures.lumaPixels, 0),
      ("palette PNG", ImageFixtures.palette, ImageFixtures.palettePixels, 0),
      ("1-bit PNG", ImageFixtures.bits, ImageFixtures.bitsPixels, 0),
      ("lossy WebP", ImageFixtures.lossy, ImageFixtures.lossyPixels, 1),
      ("lossless WebP with alpha", ImageFixtures.lossless, ImageFixtures.plainPixels, 0),
    ]
    for (name, file, pixels, tolerance) in cases {
      let sample = try sample(file)
      #expect(sample.shape == [1, 3, 9, 13], "\(name)")
      #expect(distance(sample, pixels) <= tolerance, "\(name): \(distance(sample, pixels))")
    }
  }

  @Test func `are turned as EXIF says`() throws {
    try expectQuarterTurn(
      try sample(ImageFixtures.turned), of: try sample(ImageFixtures.colour))
    try expectQuarterTurn(
      try sample(ImageFixtures.turnedPNG), of: try sample(ImageFixtures.transparent))
    // Tag 0x0112, a number of 16 bits, one of it, in either order of bytes.
    var file = ImageFixtures.turnedWebP
    let tag: [UInt8] = [1, 0x12, 0, 3, 0, 0, 0, 1, 0]
    let place = try #require(file.indices.first { file[$0...].starts(with: tag) }) + tag.count
    #expect(file[place] == 6)
    let size = ImageFixtures.turns.count / 8
    for orientation in 1...8 {
      file[place] = UInt8(orientation)
      let found = try sample(file)
      #expect(found.shape[2...] == (orientation < 5 ? [9, 13] : [13, 9]))
      let pixels = Array(ImageFixtures.turns[(orientation - 1) * size..<orientation * size])
      #expect(distance(found, pixels) == 0, "orientation \(orientation)")
    }
    for nonsense: UInt8 in [0, 9, 255] {
      file[place] = nonsense
      #expect(distance(try sample(file), ImageFixtures.plainPixels) == 0)
    }
  }

  private func expectQuarterTurn(_ turned: Tensor, of plain: Tensor) throws {
    try #require(turned.shape == [1, 3, 13, 9] && plain.shape == [1, 3, 9, 13])
    for channel in 0..<3 {
      for row in 0..<13 {
        for column in 0..<9 {
          // A quarter turn to the right: rows are columns of the file, read from below.
          #expect(
            turned.values[(channel * 13 + row) * 9 + column]
              == plain.values[(channel * 9 + 8 - column) * 13 + row])
        }
      }
    }
  }

  @Test func `resize as Pillow's bilinear filter does`() throws {
    let cases: [(Int, Int, [UInt8])] = [
      (8, 3, ImageFixtures.shrunk), (31, 14, ImageFixtures.grown), (7, 20, ImageFixtures.mixed),
    ]
    for (width, height, pixels) in cases {
      let size = ImageSize(width: width, height: height)
      let sample = try sample(ImageFixtures.noise, ImageGeometry(resize: .stretch(size)))
      #expect(sample.shape == [1, 3, height, width])
      #expect(distance(sample, pixels) <= 1, "\(size): \(distance(sample, pixels))")
    }
    let short = try sample(ImageFixtures.noise, ImageGeometry(resize: .shortSide(5)))
    #expect(short.shape == [1, 3, 5, 10])
    #expect(distance(short, ImageFixtures.short) <= 1)
  }

  @Test func `become grey as Pillow's do`() throws {
    let path = try scratch.write("image", ImageFixtures.noise)
    var preprocessing = Preprocessing()
    preprocessing.imageChannels = 1
    let sample = try Dataset.open(path: path, preprocessing: preprocessing).samples(0..<1)
    #expect(sample.shape == [1, 1, 11, 23])
    #expect(sample.values == ImageFixtures.luma.map { Float($0) })
    // Grey stays what it is.
    let grey = try scratch.write("grey", ImageFixtures.grey)
    let same = try Dataset.open(path: grey, preprocessing: preprocessing).samples(0..<1)
    #expect(
      distance(
        try self.sample(ImageFixtures.grey),
        same.values.flatMap {
          [UInt8](repeating: UInt8($0), count: 3)
        }) == 0)
    preprocessing.channelOrder = .bgr
    #expect(throws: DatasetError.self) {
      try Dataset.open(path: path, preprocessing: preprocessing)
    }
  }

  @Test func `are read as bytes that a table takes to the same values`() throws {
    for (index, file) in [ImageFixtures.noise, ImageFixtures.turned, ImageFixtures.lossy]
      .enumerated()
    {
      try scratch.write("\(index).jpg", file)
    }
    for channels in [1, 3] {
      var preprocessing = Preprocessing(
        scale: 1 / 255, mean: [0.4], deviation: [0.3],
        geometry: ImageGeometry(
          resize: .shortSide(9), crop: .size(ImageSize(width: 9, height: 7))))
      preprocessing.imageChannels = channels
      if channels == 3 { preprocessing.channelOrder = .bgr }
      let data = try Dataset.open(path: scratch.path, preprocessing: preprocessing)
      let table = try #require(data.byteTable)
      let values = try data.samples(0..<3).values
      let bytes = try data.sampleBytes(0..<3)
      #expect(bytes.count == values.count && values.count == 3 * channels * 63)
      for (index, byte) in bytes.enumerated() {
        #expect(values[index] == table[index / 63 % channels * 256 + Int(byte)])
      }
    }
  }

  @Test func `are cut in the middle`() throws {
    let whole = try sample(ImageFixtures.noise)
    let cut = try sample(
      ImageFixtures.noise, ImageGeometry(crop: .size(ImageSize(width: 20, height: 8))))
    #expect(cut.shape == [1, 3, 8, 20])
    // 3 columns and 3 rows too many: one and a half goes to two.
    #expect(cut.values[0] == whole.values[2 * 23 + 2])
    #expect(cut.values.last == whole.values[(2 * 11 + 9) * 23 + 21])
  }

  @Test func `of any size become samples of one, normalised as bytes are`() throws {
    try scratch.write("a.png", ImageFixtures.noise)
    try scratch.write("b.jpg", ImageFixtures.turned)
    var preprocessing = Preprocessing(
      scale: 0.5, mean: [1, 2, 3], channelOrder: .bgr,
      geometry: ImageGeometry(
        resize: .shortSide(9), crop: .size(ImageSize(width: 9, height: 7))))
    let data = try Dataset.open(path: scratch.path, preprocessing: preprocessing)
    #expect(data.sampleShape == [3, 7, 9])
    let both = try data.samples(0..<2).values
    preprocessing.scale = 1
    preprocessing.mean = [0]
    preprocessing.channelOrder = .rgb
    let raw = try Dataset.open(path: scratch.path, preprocessing: preprocessing).samples(0..<2)
    for index in 0..<63 {
      #expect(both[189 + index] == raw.values[189 + 126 + index] * 0.5 - 1)
      #expect(both[126 + index] == raw.values[index] * 0.5 - 3)
    }
  }

  /// Bytes that are no whole image, and what is said of them.
  private static let undecodable: [(bytes: [UInt8], kind: DatasetError.Kind)] = {
    let (colour, noise) = (ImageFixtures.colour, ImageFixtures.noise)
    var cases: [(bytes: [UInt8], kind: DatasetError.Kind)] = []
    cases.append((Array(colour.dropLast(colour.count / 8)), .truncated))
    cases.append((Array(colour.prefix(40)), .damaged))
    cases.append((Array(noise.dropLast(200)), .damaged))
    cases.append((Array(noise.prefix(20)), .damaged))
    let lossy = ImageFixtures.lossy
    cases.append((Array(lossy.dropLast(lossy.count / 4)), .truncated))
    cases.append((Array(lossy.prefix(16)), .truncated))
    cases.append((Array(lossy.prefix(12)) + [UInt8](repeating: 7, count: 40), .damaged))
    cases.append((ImageFixtures.animation, .unsupported))
    cases.append(([], .empty))
    cases.append((Array("a text".utf8), .unsupported))
    cases.append((Array(promisingJPEG()), .unsupported))
    return cases
  }()

  @Test(arguments: undecodable)
  func `that cannot be decoded are refused by name`(
    bytes: [UInt8], kind: DatasetError.Kind
  ) throws {
    try scratch.write("0.png", ImageFixtures.transparent)
    let path = try scratch.write("1.jpg", bytes)
    let data = try Dataset.open(path: scratch.path)
    #expect(data.count == 2)
    #expect(try data.samples(0..<1).shape == [1, 3, 9, 13])
    let error = #expect(throws: DatasetError.self) { try data.samples(0..<2) }
    #expect(error?.kind == kind, "\(error?.description ?? "")")
    #expect(error?.file == path)
    #expect(throws: DatasetError.self) { try data.requireFinite() }
    #expect(try data.damage(ofImage: 0) == nil)
    #expect(try data.damage(ofImage: 1) == error)
    #expect(data.imageFile(1) == path)
  }

  @Test func `of another size or a missing file are not damaged ones`() throws {
    try scratch.write("0.png", ImageFixtures.transparent)
    try scratch.write("1.png", ImageFixtures.noise)
    let sizes = try Dataset.open(path: scratch.path)
    let other = #expect(throws: DatasetError.self) { try sizes.damage(ofImage: 1) }
    #expect(other?.kind == .wrongShape && other?.file == scratch.file("1.png"))
    #expect(other?.description.contains("23×11 pixels, but the images before are 13×9") == true)
    try FileManager.default.removeItem(atPath: scratch.file("1.png"))
    let gone = #expect(throws: DatasetError.self) { try sizes.damage(ofImage: 1) }
    #expect(gone?.kind == .unreadable)
  }

  /// The size of all samples, where preprocessing leaves it open, is that of the first image that
  /// can be read.
  @Test func `behind a damaged one have their size from the first whole one`() throws {
    try scratch.write("0.png", Array(ImageFixtures.noise.prefix(30)))
    try scratch.write("1.png", ImageFixtures.transparent)
    let data = try Dataset.open(path: scratch.path)
    #expect(data.sampleShape == [3, 9, 13])
    #expect(try data.damage(ofImage: 0)?.kind == .damaged)
    try scratch.write("1.png", Array(ImageFixtures.noise.prefix(40)))
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: scratch.path) }
    #expect(error?.file == scratch.file("0.png"))
  }

  /// Bytes between segments, or between the last pixel and the end, are no part of a picture; they
  /// do not hide that the end is missing.
  @Test func `with stray bytes are read, unless they are cut too`() throws {
    let file = ImageFixtures.colour
    let plain = try sample(file)
    // Behind the first segment.
    let second = 4 + Int(file[4]) << 8 + Int(file[5])
    var spaced = file
    spaced.insert(contentsOf: [0, 0, 7], at: second)
    #expect(try sample(spaced).values == plain.values)
    var padded = file
    padded.insert(contentsOf: [0, 0, 0, 0], at: file.count - 2)
    #expect(try sample(padded).values == plain.values)
    for cut in [spaced, padded].map({ $0.dropLast(2) }) {
      #expect(throws: DatasetError.self) { try sample(Array(cut)) }
    }
  }

  @Test func `damaged anywhere never trap`() throws {
    var random = SplitMix64(seed: 3)
    for file in [
      ImageFixtures.turned, ImageFixtures.inks, ImageFixtures.palette, ImageFixtures.lossy,
      ImageFixtures.turnedWebP,
    ] {
      for _ in 0..<300 {
        var bytes = file
        for _ in 0..<3 {
          let place = Int(random.next() % UInt64(bytes.count - 4)) + 4
          bytes[place] = UInt8(truncatingIfNeeded: random.next())
        }
        do {
          _ = try sample(bytes, ImageGeometry(crop: .size(ImageSize(width: 2, height: 2))))
        } catch is DatasetError {}
      }
    }
  }
}

/// A JPEG of 65,500 × 65,500 pixels, as far as its header goes.
private func promisingJPEG() -> [UInt8] {
  var bytes = ImageFixtures.colour
  guard let frame = bytes.indices.first(where: { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
  else { return [] }
  bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
  return bytes
}
