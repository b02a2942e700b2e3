/// A choice of one option per item, of least effect among those that keep a limit of cost: the
/// multiple-choice knapsack.
///
/// Items are added one by one to a list of states; a state that costs no less than another and has
/// no less effect is dropped, as is one from which the cheapest rest exceeds the limit. What is
/// left at the end is exact. Where the list grows beyond `stateLimit` it is thinned, and the
/// distance to the optimum is bounded by the Lagrangian `lowerBound`.
package struct Allocation: Sendable, Equatable {
  /// What choosing something costs, and the harm it does.
  package struct Option: Sendable, Equatable {
    package var cost: Int
    package var effect: Double

    package init(cost: Int, effect: Double) {
      self.cost = cost
      self.effect = effect
    }
  }

  /// The chosen option of each item.
  package let choices: [Int]
  package let cost: Int
  package let effect: Double
  /// No choice that keeps the limit has less effect than this.
  package let lowerBound: Double
  /// Whether no choice that keeps the limit has less effect.
  package let isExact: Bool

  package static let usualStateLimit = 1 << 15

  /// The least that a choice can cost.
  package static func leastCost(_ items: [[Option]]) -> Int {
    items.reduce(0) { $0 + ($1.map(\.cost).min() ?? 0) }
  }

  /// nil where every choice costs more than `limit`. Of choices with equal effect the cheaper one
  /// is taken, of equal ones the one with earlier options.
  ///
  /// - Precondition: every item has an option, effects are finite, costs are not negative.
  package init?(_ items: [[Option]], limit: Int, stateLimit: Int = usualStateLimit) {
    guard Self.leastCost(items) <= limit else { return nil }
    var states = [State(cost: 0, effect: 0, parent: 0, choice: 0)]
    var history: [[State]] = []
    var thinned = false
    var rest = Self.leastCost(items)
    for item in items {
      rest -= item.map(\.cost).min() ?? 0
      states = Self.extended(states, by: item, limit: limit - rest)
      if states.count > stateLimit {
        states = Self.thinned(states, to: stateLimit)
        thinned = true
      }
      history.append(states)
    }
    // The last one has the least effect.
    var place = states.count - 1
    cost = states[place].cost
    effect = states[place].effect
    isExact = !thinned
    lowerBound = thinned ? min(effect, Self.lagrangianBound(items, limit: limit)) : effect
    var choices: [Int] = []
    for states in history.reversed() {
      choices.append(Int(states[place].choice))
      place = Int(states[place].parent)
    }
    self.choices = choices.reversed()
  }

  /// A choice for the items so far.
  private struct State {
    var cost: Int
    var effect: Double
    /// Index among the states before the last item.
    var parent: Int32
    /// For the last item.
    var choice: Int32
  }

  /// The states with one more item, by rising cost and falling effect.
  private static func extended(_ states: [State], by item: [Option], limit: Int) -> [State] {
    var all: [State] = []
    all.reserveCapacity(states.count * item.count)
    for (choice, option) in item.enumerated() {
      for (parent, state) in states.enumerated() where state.cost + option.cost <= limit {
        all.append(
          State(
            cost: state.cost + option.cost, effect: state.effect + option.effect,
            parent: Int32(parent), choice: Int32(choice)))
      }
    }
    all.sort { left, right in
      (left.cost, left.effect, left.choice, left.parent)
        < (right.cost, right.effect, right.choice, right.parent)
    }
    var kept: [State] = []
    for state in all where kept.last.map({ state.effect < $0.effect }) ?? true {
      kept.append(state)
    }
    return kept
  }

  /// The cheapest state, and of each of equal spans of cost the one of least effect.
  private static func thinned(_ states: [State], to count: Int) -> [State] {
    let (low, high) = (states[0].cost, states[states.count - 1].cost)
    let width = max(1, (high - low) / max(1, count - 1) + 1)
    var kept = [states[0]]
    for (index, state) in states.enumerated().dropFirst() {
      let isLast = index + 1 == states.count
      if isLast || (states[index + 1].cost - low) / width > (state.cost - low) / width {
        kept.append(state)
      }
    }
    return kept
  }

  /// max over λ ≥ 0 of Σ min(effect + λ·cost) − λ·limit, by bisection; any λ gives a bound.
  private static func lagrangianBound(_ items: [[Option]], limit: Int) -> Double {
    func value(_ multiplier: Double) -> (bound: Double, cost: Int) {
      var (bound, cost) = (-multiplier * Double(limit), 0)
      for item in items {
        guard
          let best = item.min(by: {
            ($0.effect + multiplier * Double($0.cost), $0.cost)
              < ($1.effect + multiplier * Double($1.cost), $1.cost)
          })
        else { continue }
        bound += best.effect + multiplier * Double(best.cost)
        cost += best.cost
      }
      return (bound, cost)
    }
    var low = 0.0
    var high = 1e-12
    while value(high).cost > limit, high < 1e12 { high *= 4 }
    var best = max(value(low).bound, value(high).bound)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      let found = value(middle)
      best = max(best, found.bound)
      if found.cost > limit { low = middle } else { high = middle }
    }
    return best
  }
}
