import TestSupport
import Testing
import Wire

/// Bytes as a broken or hostile peer may send them: reading them is an error or a message, never a
/// trap.
@Suite struct `hostile bytes` {
  /// Reads frames; what is read must be written and read again as the same message.
  private func read(_ frames: [[UInt8]]) throws {
    let envelope: Envelope
    do throws(WireError) {
      envelope = try Envelope(frames: frames)
    } catch {
      #expect(!error.description.isEmpty)
      return
    }
    let again = try Envelope(frames: envelope.frames())
    // Not compared as values: a peer may send a NaN where it does no harm.
    #expect(try again.frames() == envelope.frames())
  }

  @Test(arguments: goldenMessages.keys.sorted())
  func `of every message, cut anywhere, do not trap`(name: String) throws {
    let golden = (goldenMessages[name] ?? []).map(bytes)
    for (number, frame) in golden.enumerated() {
      for count in 0..<frame.count {
        var frames = golden
        frames[number] = Array(frame.prefix(count))
        try read(frames)
      }
      try read(Array(golden.prefix(number)))
    }
    try read(golden + golden)
  }

  @Test(arguments: UInt64(0)..<40)
  func `with bytes changed at random do not trap`(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    for name in goldenMessages.keys.sorted() {
      let golden = (goldenMessages[name] ?? []).map(bytes)
      for _ in 0..<50 {
        var frames = golden
        for _ in 0...generator.integer(0...4) {
          let number = generator.integer(0...frames.count - 1)
          guard !frames[number].isEmpty else { continue }
          let place = generator.integer(0...frames[number].count - 1)
          switch generator.integer(0...3) {
          case 0: frames[number][place] = UInt8(truncatingIfNeeded: generator.next())
          case 1: frames[number][place] ^= 1 << UInt8(generator.integer(0...7))
          case 2: frames[number].insert(255, at: place)
          default: frames[number].remove(at: place)
          }
        }
        try read(frames)
      }
    }
  }

  @Test(arguments: UInt64(0)..<40)
  func `of a bundle, cut or changed, do not trap or take memory`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let golden = bytes(goldenBundle)
    for _ in 0..<200 {
      var copy = golden
      for _ in 0...generator.integer(0...3) {
        copy[generator.integer(0...copy.count - 1)] = UInt8(truncatingIfNeeded: generator.next())
      }
      if generator.integer(0...1) == 0 {
        copy.removeLast(generator.integer(0...copy.count - 1))
      }
      do throws(WireError) {
        let bundle = try TensorBundle(decoding: copy)
        #expect(bundle.encoded() == copy)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
