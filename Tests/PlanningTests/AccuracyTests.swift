import Planning
import Tensors
import Testing

@Suite struct `Accuracy counts` {
  private func counted(_ rows: [[Float]], _ labels: [Int], ranks: Int = 2) -> Accuracy {
    Accuracy(
      scores: Tensor(shape: [rows.count, rows[0].count], values: rows.flatMap { $0 }),
      labels: labels, ranks: ranks)
  }

  @Test func `The best score is right, and the next ones count within the ranks`() {
    let found = counted([[1, 3, 2], [1, 3, 2], [1, 3, 2]], [1, 2, 0])
    #expect(found == Accuracy(images: 3, correct: 1, correctInRanks: 2))
    #expect(abs(found.top1 - 1 / 3) < 1e-12)
    #expect(abs(found.top5 - 2 / 3) < 1e-12)
    #expect(abs(found.standardError - (2.0 / 27).squareRoot()) < 1e-12)
  }

  @Test func `Of equal scores the smaller class comes first`() {
    #expect(counted([[2, 2, 2]], [0]).correct == 1)
    #expect(counted([[2, 2, 2]], [1]).correct == 0)
    #expect(counted([[2, 2, 2]], [1]).correctInRanks == 1)
    #expect(counted([[2, 2, 2]], [2]).correctInRanks == 0)
    // A constant answer is right for one class only.
    #expect((0..<3).map { counted([[0, 0, 0]], [$0]).correct }.reduce(0, +) == 1)
  }

  @Test func `NaN is never right, and right answers beside it do not count`() {
    #expect(counted([[.nan, 1, 2]], [0], ranks: 3).correctInRanks == 0)
    #expect(counted([[.nan, 1, 2]], [2]).correct == 0)
    #expect(counted([[.nan, .nan, .nan]], [1], ranks: 3).correctInRanks == 0)
    #expect(counted([[.infinity, 1, 2]], [0]).correct == 1)
    #expect(counted([[-.infinity, 1, 2]], [0], ranks: 3).correctInRanks == 1)
  }

  @Test func `Batches add up`() {
    var sum = counted([[1, 3, 2]], [1])
    sum += counted([[1, 3, 2], [5, 3, 2]], [2, 2])
    #expect(sum == Accuracy(images: 3, correct: 1, correctInRanks: 2))
    #expect(Accuracy().top1 == 0)
    #expect(Accuracy().standardError == 0)
  }

  @Test func `Axes of extent 1 may follow the classes`() {
    let scores = Tensor(shape: [2, 3, 1, 1], values: [1, 3, 2, 4, 0, 0])
    #expect(Accuracy(scores: scores, labels: [1, 0], ranks: 1).correct == 2)
  }
}
