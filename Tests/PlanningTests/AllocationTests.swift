import Planning
import TestSupport
import Testing

@Suite struct `An allocation` {
  /// The best choice by trying all: cost and effect.
  private func exhaustive(
    _ items: [[Allocation.Option]], limit: Int
  ) -> (cost: Int, effect: Double)? {
    var found: [(cost: Int, effect: Double)] = [(0, 0)]
    for item in items {
      found = found.flatMap { sum in item.map { (sum.cost + $0.cost, sum.effect + $0.effect) } }
    }
    return found.filter { $0.cost <= limit }.min { ($0.effect, $0.cost) < ($1.effect, $1.cost) }
  }

  private func items(_ random: inout SplitMix64, count: Int) -> [[Allocation.Option]] {
    (0..<count).map { _ in
      (0..<random.integer(1...4)).map { _ in
        // Effects of few values, so that some are equal and sums are exact.
        Allocation.Option(
          cost: random.integer(0...30), effect: Double(random.integer(0...64)) / 64)
      }
    }
  }

  @Test(arguments: 0..<200) func `is the best of all choices`(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let items = items(&random, count: random.integer(1...6))
    let limit = random.integer(0...120)
    let best = exhaustive(items, limit: limit)
    guard let found = Allocation(items, limit: limit) else {
      #expect(best == nil)
      #expect(Allocation.leastCost(items) > limit)
      return
    }
    let expected = try #require(best)
    #expect(found.effect == expected.effect)
    #expect(found.cost == expected.cost)
    #expect(found.isExact)
    #expect(found.lowerBound == found.effect)
    let chosen = zip(items, found.choices).map { $0[$1] }
    #expect(chosen.reduce(0) { $0 + $1.cost } == found.cost)
    #expect(chosen.reduce(0) { $0 + $1.effect } == found.effect)
  }

  @Test(arguments: 0..<100) func `of few states keeps the limit, and its bound holds`(
    seed: Int
  ) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let items = items(&random, count: 6)
    let limit = Allocation.leastCost(items) + random.integer(0...60)
    let best = try #require(exhaustive(items, limit: limit))
    let found = try #require(Allocation(items, limit: limit, stateLimit: 4))
    #expect(found.cost <= limit)
    #expect(found.effect >= best.effect)
    #expect(found.lowerBound <= best.effect + 1e-12)
    if found.isExact { #expect(found.effect == best.effect) }
  }

  @Test func `of many layers comes close to its bound`() throws {
    var random = SplitMix64(seed: 3)
    let items = (0..<160).map { _ in
      let (weights, effect) = (random.integer(1000...2_000_000), random.uniform())
      return [2, 3, 4, 8].map {
        Allocation.Option(cost: $0 * weights, effect: effect / Double(1 << (2 * $0)))
      }
    }
    let least = Allocation.leastCost(items)
    let found = try #require(Allocation(items, limit: least * 3 / 2, stateLimit: 4096))
    #expect(!found.isExact)
    #expect(found.cost <= least * 3 / 2)
    #expect(found.lowerBound <= found.effect)
    #expect(found.effect <= found.lowerBound * 1.02)
  }

  @Test func `of nothing is nothing`() {
    #expect(Allocation([], limit: 0)?.choices == [])
    #expect(Allocation([], limit: -1) == nil)
  }
}
