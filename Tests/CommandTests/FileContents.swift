import Foundation

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// What lies directly in a folder, by name.
func entries(_ path: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}

func bytes(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}
