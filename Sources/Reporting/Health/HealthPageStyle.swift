/// The look of the page: one set of colours for light and paper, one for the dark.
enum HealthPageStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --paper: #ffffff; --panel: #f5f7f9; --ink: #1a1f26; --soft: #57606a; --line: #d3dae1;
          --fail: #b42318; --unknown: #6b3fc4; --warn: #8f6200; --pass: #1a7a37; --skipped: #68727d;
          --fail-back: #fdeceb; --unknown-back: #f2edfc; --warn-back: #fdf4dc; --pass-back: #e7f6eb;
          --pass-cell: #a8dab5;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --paper: #10141a; --panel: #171d25; --ink: #e3e8ee; --soft: #9aa5b1; --line: #323b46;
            --fail: #ff7b70; --unknown: #b79bff; --warn: #e6b450; --pass: #57c878; --skipped: #8a95a1;
            --fail-back: #351a1c; --unknown-back: #251e3a; --warn-back: #322812; --pass-back: #14291b;
            --pass-cell: #24573a;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 1.25rem 1rem 2rem; max-width: 62rem; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere;
        }
        h1, h2, h3, p, ul { margin: 0; padding: 0; }
        h2 { margin: 2rem 0 .75rem; font-size: 1.1rem; }
        h3 { font-size: 1rem; }
        ul { list-style: none; }
        code, pre { font: .87em/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        pre {
          margin: .4rem 0 0; padding: .5rem .75rem; background: var(--panel); border-left: 3px solid var(--line);
          white-space: pre-wrap;
        }
        table { border-collapse: collapse; font-size: .9rem; }
        th, td { padding: .25rem 2rem .25rem 0; text-align: left; vertical-align: top; }
        th { color: var(--soft); font-weight: 600; }
        tr + tr td { border-top: 1px solid var(--line); }
        summary { cursor: pointer; color: var(--soft); }
        .soft { color: var(--soft); font-size: .9rem; }
        .definitions { position: absolute; }
        .shape { fill: currentColor; }
        .glyph {
          fill: none; stroke: var(--paper); stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round;
        }
        .sign { width: 1em; height: 1em; vertical-align: -.12em; flex: none; }
        .fail { color: var(--fail); } .unknown { color: var(--unknown); } .warn { color: var(--warn); }
        .pass { color: var(--pass); } .skipped { color: var(--skipped); }
        header { padding: 1rem 1.25rem; border-left: .5rem solid currentColor; border-radius: .4rem; }
        header.fail { background: var(--fail-back); } header.unknown { background: var(--unknown-back); }
        header.warn { background: var(--warn-back); } header.pass { background: var(--pass-back); }
        header h1 { display: flex; flex-wrap: wrap; align-items: center; gap: .15rem .6rem; font-size: 1.6rem; }
        header .cluster, header .sentence, header .counts { color: var(--ink); }
        header .cluster { font-weight: 400; }
        .counts { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-weight: 600; }
        .picture { display: block; width: 100%; height: auto; font-family: inherit; }
        .picture.narrow { display: none; }
        .picture text { fill: var(--ink); font-size: 11px; }
        .picture .name { font-size: 13px; font-weight: 600; }
        .picture .frame { fill: none; stroke: var(--line); }
        .picture .frame-name, .picture .quiet { fill: var(--soft); }
        .picture .frame-name { paint-order: stroke; stroke: var(--paper); stroke-width: 5; }
        .picture .box { fill: var(--panel); stroke: currentColor; stroke-width: 1.5; }
        .picture .box.fail { fill: var(--fail-back); stroke-width: 2.5; }
        .picture .box.unknown { fill: var(--unknown-back); stroke-width: 2; stroke-dasharray: 5 3; }
        .picture .box.warn { fill: var(--warn-back); stroke-width: 2; }
        .picture .box.pass, .picture .box.skipped { stroke: var(--line); }
        .picture .wrong { fill: currentColor; font-weight: 600; }
        .picture .way { fill: none; stroke: currentColor; stroke-width: 1.5; }
        .picture .way.pass, .picture .way.skipped { stroke: var(--soft); }
        .picture .way.fail, .picture .way.unknown { stroke-dasharray: 4 4; stroke-width: 2; }
        article { margin: 0 0 .75rem; padding: .65rem 1rem .75rem; border: 1px solid var(--line); border-radius: .4rem;
          border-left: .3rem solid currentColor; }
        article > * { color: var(--ink); }
        article .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .6rem; }
        article .head .sign { align-self: center; }
        article .id { font-weight: 600; }
        article .remedy { margin: .35rem 0 0; font-weight: 600; }
        article .remedy::before { content: "Do: "; color: var(--soft); font-weight: 400; }
        article details, .rest { margin-top: .4rem; }
        article table { margin-top: .3rem; }
        article .remedy code { font-weight: 600; }
        .fail > .head .word { color: var(--fail); } .unknown > .head .word { color: var(--unknown); }
        .warn > .head .word { color: var(--warn); }
        .fail > .head .sign { color: var(--fail); } .unknown > .head .sign { color: var(--unknown); }
        .warn > .head .sign { color: var(--warn); }
        .word { font-weight: 700; letter-spacing: .02em; }
        .scroll { overflow-x: auto; max-width: 100%; }
        .matrix text { fill: var(--ink); font-size: 11px; font-family: inherit; }
        .matrix .pass { fill: var(--pass-cell); }
        .matrix .none { fill: var(--panel); stroke: var(--line); stroke-width: .5; }
        .matrix .self { fill: var(--line); }
        .legend { display: flex; flex-wrap: wrap; gap: 0 1.1rem; margin: .4rem 0 0; }
        .squares + table { margin-top: .6rem; }
        .squares { display: flex; flex-wrap: wrap; gap: 3px; font-size: 15px; line-height: 1; }
        .squares > span { display: inline-flex; padding: 2px; border: 1px solid var(--line); border-radius: 3px; }
        .squares > span:last-child { border-color: var(--ink); }
        footer { margin-top: 2rem; padding-top: .75rem; border-top: 1px solid var(--line); }
        @media (max-width: 640px) {
          .picture.wide { display: none; } .picture.narrow { display: block; }
          table.stack, table.stack tbody, table.stack tr, table.stack td { display: block; }
          table.stack thead { display: none; }
          table.stack td { padding: .1rem 0; border: 0; }
          table.stack tr { padding: .3rem 0; border-top: 1px solid var(--line); }
        }
        @media print {
          html { font-size: 12px; }
          body { max-width: none; padding: 0; font-size: 12px; }
          h2 { break-after: avoid; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          article, .picture { break-inside: avoid; }
          details::details-content { content-visibility: visible; display: block; height: auto; }
          .scroll { overflow: visible; }
          .matrix { max-width: 100%; height: auto; }
        }
        """
}
