/// `text` with comments, string literals and raw identifiers blanked out by spaces, so that what is
/// left is code at its own line and column.
///
/// Bare regex literals are not recognised.
func codeAlone(_ text: String) -> String {
  var blanker = Blanker(bytes: Array(text.utf8))
  blanker.run()
  return String(decoding: blanker.bytes, as: UTF8.self)
}

/// Walks over Swift source and blanks what is not code.
private struct Blanker {
  var bytes: [UInt8]
  var position = 0

  mutating func run() {
    while position < bytes.count {
      if starts(with: "//") {
        blank { $0.at("\n") }
      } else if starts(with: "/*") {
        blankBlockComment()
      } else if starts(with: "`") {
        blank(1)
        blank { $0.at("`") || $0.at("\n") }
        blank(1)
      } else if let hashes = hashesOfString() {
        blankString(hashes: hashes)
      } else {
        position += 1
      }
    }
  }

  private func at(_ character: Unicode.Scalar) -> Bool {
    position < bytes.count && bytes[position] == UInt8(ascii: character)
  }

  private func starts(with word: StaticString) -> Bool {
    word.withUTF8Buffer { unsafe bytes[position...].starts(with: $0) }
  }

  /// Blanks `count` bytes; line ends stay.
  private mutating func blank(_ count: Int) {
    for _ in 0..<count where position < bytes.count {
      if !at("\n") { bytes[position] = UInt8(ascii: " ") }
      position += 1
    }
  }

  /// Blanks up to where `ends` holds, or to the end of the text.
  private mutating func blank(until ends: (Blanker) -> Bool) {
    while position < bytes.count, !ends(self) { blank(1) }
  }

  private mutating func blankBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") {
        depth += 1
        blank(2)
      } else if starts(with: "*/") {
        depth -= 1
        blank(2)
      } else {
        blank(1)
      }
    } while depth > 0 && position < bytes.count
  }

  /// The number of `#` before a string literal that starts here, nil where none starts.
  private func hashesOfString() -> Int? {
    let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
    let quote = position + hashes
    return quote < bytes.count && bytes[quote] == UInt8(ascii: "\"") ? hashes : nil
  }

  private mutating func blankString(hashes: Int) {
    blank(hashes)
    let quotes = starts(with: "\"\"\"") ? 3 : 1
    blank(quotes)
    while position < bytes.count {
      if quotes == 1 && at("\n") { return }
      if at("\\"), isMarked(by: hashes, from: position + 1) {
        blank(1 + hashes)
        if at("(") { blankInterpolation() } else { blank(1) }
      } else if closesString(quotes: quotes, hashes: hashes) {
        blank(quotes + hashes)
        return
      } else {
        blank(1)
      }
    }
  }

  private func isMarked(by hashes: Int, from start: Int) -> Bool {
    bytes[min(start, bytes.count)...].prefix(hashes).filter { $0 == UInt8(ascii: "#") }.count
      == hashes
  }

  private func closesString(quotes: Int, hashes: Int) -> Bool {
    let closing = bytes[position...].prefix(quotes)
    return closing.count == quotes && closing.allSatisfy { $0 == UInt8(ascii: "\"") }
      && isMarked(by: hashes, from: position + quotes)
  }

  /// From the opening to the closing parenthesis, strings within included.
  private mutating func blankInterpolation() {
    var depth = 0
    repeat {
      if let hashes = hashesOfString() {
        blankString(hashes: hashes)
        continue
      }
      if at("(") { depth += 1 }
      if at(")") { depth -= 1 }
      blank(1)
    } while depth > 0 && position < bytes.count
  }
}
