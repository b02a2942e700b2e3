import Tensors

/// Damages valid inputs in ways that follow from a seed and a number alone.
struct Mutator {
  private static let lengthLimit = 1 << 20
  /// Numbers at which decoders go wrong.
  private static let edges: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000,
    0xFFFF_FFFF, 0x1_0000_0000, 0x3FFF_FFFF_FFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
  ]

  private var words: SeededWords

  init(seed: UInt64, number: Int) {
    words = SeededWords(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(number))
    _ = words.next()
  }

  /// One of the inputs with up to eight damages.
  mutating func mutated(_ seeds: [[UInt8]]) -> [UInt8] {
    var bytes = seeds[words.next(below: seeds.count)]
    let other = seeds[words.next(below: seeds.count)]
    // Most often one: what is damaged in many places is refused at the first.
    let count = 1 + words.next(below: 1 << words.next(below: 4))
    for _ in 0..<count { damage(&bytes, other) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8], _ other: [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = other
      return
    }
    let place = words.next(below: bytes.count)
    switch words.next(below: 10) {
    case 0: bytes[place] ^= 1 << UInt8(words.next(below: 8))
    case 1: bytes[place] = UInt8(truncatingIfNeeded: words.next())
    case 2: bytes[place] &+= words.next(below: 2) == 0 ? 1 : 255
    case 3: bytes.removeLast(words.next(below: bytes.count))
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + words.next(below: 16)))
    case 5:
      let added = (0...words.next(below: 16)).map { _ in UInt8(truncatingIfNeeded: words.next()) }
      insert(added, into: &bytes, at: place)
    case 6:
      // A part of the input again, as with a field that comes twice.
      let end = min(bytes.count, place + 1 + words.next(below: 64))
      insert(Array(bytes[place..<end]), into: &bytes, at: words.next(below: bytes.count))
    case 7:
      guard !other.isEmpty else { return }
      let from = words.next(below: other.count)
      let part = other[from..<min(other.count, from + 1 + words.next(below: 64))]
      insert(Array(part), into: &bytes, at: place)
    default: writeEdge(&bytes, place)
    }
  }

  /// A telling number of one to eight bytes, in either order, or as a varint.
  private mutating func writeEdge(_ bytes: inout [UInt8], _ place: Int) {
    let edge = Self.edges[words.next(below: Self.edges.count)]
    let width = 1 << words.next(below: 4)
    var text = (0..<width).map { UInt8(truncatingIfNeeded: edge >> (8 * $0)) }
    switch words.next(below: 3) {
    case 0: text.reverse()
    case 1:
      text = []
      var rest = edge
      repeat {
        text.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
        rest >>= 7
      } while rest > 0
    default: break
    }
    for (offset, byte) in text.enumerated() where place + offset < bytes.count {
      bytes[place + offset] = byte
    }
  }

  private func insert(_ part: [UInt8], into bytes: inout [UInt8], at place: Int) {
    guard bytes.count + part.count <= Self.lengthLimit else { return }
    bytes.insert(contentsOf: part, at: place)
  }
}
