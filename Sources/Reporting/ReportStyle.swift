/// The style sheet of the report: light and dark, no outside resource.
enum ReportStyle {
  static let sheet = Markup(
    literal: """
      :root { color-scheme: light dark;
        --ground: #fbfbf9; --panel: #ffffff; --ink: #1d1f23; --soft: #5d636d; --line: #e2e3e0;
        --accent: #1f5fbf; --quiet: #b9bfc9; --warn: #9a4a00;
        --hue0: #1f5fbf; --hue1: #c05a17; --hue2: #2c8a57; --hue3: #8a4fb0; --hue4: #7b7f87; }
      @media (prefers-color-scheme: dark) { :root {
        --ground: #16181c; --panel: #1d2025; --ink: #e7e8ea; --soft: #a1a7b1; --line: #343840;
        --accent: #78a9f5; --quiet: #565c68; --warn: #f0a868;
        --hue0: #78a9f5; --hue1: #ec9a5c; --hue2: #6cc495; --hue3: #c295e0; --hue4: #9aa0aa; } }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--ground); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
      main { max-width: 1040px; margin: 0 auto; padding: 32px 24px 64px; }
      h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
      h2 { font-size: 18px; margin: 44px 0 6px; }
      p { margin: 0 0 12px; max-width: 76ch; } .soft { color: var(--soft); }
      .tiles { display: grid; gap: 12px; margin: 24px 0 0;
        grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); }
      .tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
        padding: 12px 16px; }
      .tile .name { color: var(--soft); font-size: 13px; }
      .tile .value { font-size: 23px; font-weight: 600; font-variant-numeric: tabular-nums; }
      .tile .more { color: var(--soft); font-size: 13px; }
      .notes { border-left: 3px solid var(--warn); padding: 2px 0 2px 14px; margin: 20px 0 0; }
      .notes li { margin-left: 4px; } .notes ul { margin: 0; padding-left: 16px; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; font-size: 14px;
        font-variant-numeric: tabular-nums; }
      th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px; }
      th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line);
        vertical-align: baseline; }
      th.n, td.n { text-align: right; white-space: nowrap; }
      th.n + th:not(.n), td.n + td:not(.n) { padding-left: 8px; }
      section > svg { margin-bottom: 10px; }
      td.name { overflow-wrap: anywhere; min-width: 120px; }
      tfoot td { font-weight: 600; border-bottom: 0; }
      code, pre, .hash { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
      .hash { overflow-wrap: anywhere; }
      pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
        padding: 14px 16px; overflow-x: auto; margin: 8px 0 0; }
      .many { display: grid; gap: 14px 18px; margin-top: 10px;
        grid-template-columns: repeat(auto-fill, minmax(176px, 1fr)); }
      figure { margin: 0; } figcaption { font-size: 12px; color: var(--soft);
        overflow-wrap: anywhere; line-height: 1.35; }
      svg { display: block; max-width: 100%; height: auto; }
      svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
        fill: var(--soft); }
      svg text.strong { fill: var(--ink); } svg text.small { font-size: 11px; }
      .bar { fill: var(--accent); } .quiet { fill: var(--quiet); } .dot { fill: var(--accent); }
      .grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--soft); }
      .whisker { stroke: var(--accent); stroke-width: 2; }
      .reference { stroke: var(--soft); stroke-dasharray: 4 4; }
      .hue0 { fill: var(--hue0); } .hue1 { fill: var(--hue1); } .hue2 { fill: var(--hue2); }
      .hue3 { fill: var(--hue3); } .hue4 { fill: var(--hue4); }
      .key { display: inline-flex; align-items: center; gap: 6px; margin-right: 16px;
        font-size: 13px; color: var(--soft); }
      .key svg { flex: none; }
      details summary { cursor: pointer; color: var(--soft); }
      @media print { body { background: #fff; } .tile, pre { break-inside: avoid; } }
      """)
}
