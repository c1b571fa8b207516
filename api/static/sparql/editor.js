// The query editor: CodeMirror in a shadow root, where its styles need no leave from the content security policy.
import {
  autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap, completionKeymap, defaultKeymap, drawSelection,
  EditorState, EditorView, highlightActiveLine, HighlightStyle, history, historyKeymap, indentLess, indentMore, keymap,
  lineNumbers, sparql, syntaxHighlighting, tags,
} from "../vendor/codemirror.js";

const KEYWORDS = `SELECT DISTINCT CONSTRUCT DESCRIBE ASK WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER BIND VALUES
  ORDER BY DESC ASC GROUP HAVING LIMIT OFFSET PREFIX BASE AS EXISTS NOT IN COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT
  STR LANG LANGMATCHES DATATYPE BOUND IRI IF COALESCE REGEX CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER CONCAT
  REPLACE STRLEN SUBSTR YEAR MONTH DAY ISIRI ISBLANK ISLITERAL`.split(/\s+/);

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: "#8a3b12", fontWeight: "600" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "#1b5a86" },
  { tag: [tags.string, tags.special(tags.string)], color: "#24694b" },
  { tag: [tags.number, tags.bool, tags.literal], color: "#5b3f8c" },
  { tag: [tags.namespace, tags.tagName, tags.propertyName, tags.typeName], color: "#10424f" },
  { tag: tags.url, color: "#526070" },
  { tag: [tags.comment, tags.lineComment], color: "#5f6d7a", fontStyle: "italic" },
]);

const LOOK = EditorView.theme({
  "&": { fontSize: "14px", backgroundColor: "#fff", maxHeight: "60vh", borderRadius: "8px" },
  "&.cm-focused": { outline: "3px solid #e8a33d", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { minHeight: "16rem", padding: "10px 0" },
  ".cm-gutters": { backgroundColor: "#f5f7f9", color: "#66727e", border: "0" },
  ".cm-activeLine": { backgroundColor: "#f2f7fb" },
  ".cm-tooltip": { border: "1px solid #c3ccd5", borderRadius: "6px", backgroundColor: "#fff", boxShadow: "0 6px 20px #17394f26" },
  ".cm-tooltip.cm-completionInfo": { padding: "8px 12px", maxWidth: "22rem", font: "13px/1.6 system-ui, sans-serif" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "#17394f", color: "#fff" },
});

const declares = (text, prefix) => new RegExp(`^\\s*PREFIX\\s+${prefix}:`, "im").test(text);

/** Typing over a selection: done here, for Chromium would carry the selection's colours over as a style, which the policy refuses. */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || !/^[^[({"']$/u.test(event.data ?? "") || view.composing || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

/** Puts an editor in the place of `textarea`, kept equal to it. `prefixes` are those that may be used, `terms` what is offered. */
export function edit(textarea, { prefixes, terms, label, run }) {
  const header = (names, text) =>
    names.filter((name) => prefixes[name] && !declares(text, name)).map((name) => `PREFIX ${name}: <${prefixes[name]}>\n`).join("");

  const named = (option) => ({
    ...option,
    apply(view, _, from, to) {
      const top = header([option.label.split(":")[0]], view.state.doc.toString());
      view.dispatch({ changes: [{ from: 0, insert: top }, { from, to, insert: option.label }], selection: { anchor: top.length + from + option.label.length } });
    },
  });
  const names = [
    ...terms.map(({ name, kind, label: detail, comment }) => named({ label: name, type: kind, detail, info: comment || undefined })),
    ...Object.keys(prefixes).map((name) => named({ label: `${name}:`, type: "namespace", detail: prefixes[name], boost: -1 })),
  ];
  const keywords = KEYWORDS.map((word) => ({ label: word, type: "keyword", boost: -2 }));
  const complete = (context) => {
    const variable = context.matchBefore(/[?$]\w*/);
    if (variable) {
      const others = new Set(context.state.doc.toString().match(/[?$]\w+/g));
      others.delete(variable.text);
      return { from: variable.from, options: [...others].map((name) => ({ label: name, type: "variable" })), validFor: /^[?$]\w*$/ };
    }
    const word = context.matchBefore(/[\w-]*:?[\w-]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    return { from: word.from, options: word.text.includes(":") ? names : [...names, ...keywords], validFor: /^[\w-]*:?[\w-]*$/ };
  };

  const host = document.createElement("div");
  host.className = "editor";
  textarea.before(host);
  textarea.hidden = true;
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: textarea.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), sparql(),
        syntaxHighlighting(COLOURS), autocompletion({ override: [complete] }), typedOver, LOOK, EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) textarea.value = update.state.doc.toString();
        }),
        keymap.of([
          { key: "Mod-Enter", run: () => (run(), true) },
          { key: "Mod-]", run: indentMore }, { key: "Mod-[", run: indentLess },
          ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap,
        ]),
      ],
    }),
  });
  const replace = (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      replace(text);
    },
    /** Declares the prefixes that the query uses without saying so; `names` are declared in any case. */
    declare(names = []) {
      const text = view.state.doc.toString();
      const bare = text.replace(/#[^\n]*|<[^>\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, " ");
      const used = [...bare.matchAll(/(?<![\w?$-])([a-z][\w-]*):/gi)].map((found) => found[1]);
      const top = header([...new Set([...names, ...used])], text);
      if (top) view.dispatch({ changes: { from: 0, insert: top } });
    },
    /** Moves to a place that the service complains about. */
    show(line, column) {
      if (line > view.state.doc.lines) return;
      const { from, to } = view.state.doc.line(line);
      view.dispatch({ selection: { anchor: Math.min(from + column - 1, to) }, scrollIntoView: true });
      view.focus();
    },
    focus: () => view.focus(),
  };
}
