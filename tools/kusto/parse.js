// Parses queries and binds their names with Microsoft's own Kusto.Language, in one process for all of them.
// Standard input: {"library": folder of the package, "tables": {name: [[column, type], …]}, "queries": [text, …]}
// Standard output, one for each query: {"problems": [{code, severity, message, start}], "operators": [{name, start}],
//   "functions": [{name, start, literal}], "columns": [[name, type], …]}; `start` counts characters from 0, `literal`
//   says whether all arguments are.
const fs = require('fs')
const path = require('path')
const vm = require('vm')

const asked = JSON.parse(fs.readFileSync(0, 'utf8'))
for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
  vm.runInThisContext(fs.readFileSync(path.join(asked.library, file), 'utf8'), { filename: file })
}
const Kusto = globalThis.Kusto.Language

function list(found) {
  return Array.from({ length: found.Count }, (_, number) => found.getItem(number))
}

function globals(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const schema = columns.map(([column, type]) => `['${column}']: ${type}`).join(', ')
    return new Kusto.Symbols.TableSymbol.$ctor7(name, `(${schema})`, null)
  })
  return Kusto.GlobalState.Default.WithDatabase(new Kusto.Symbols.DatabaseSymbol.ctor('workspace', symbols))
}

function kindOf(node) {
  return System.Enum.toString(Kusto.Syntax.SyntaxKind, node.Kind)
}

function visit(node, found) {
  if (!node) return
  const kind = kindOf(node)
  if (kind.endsWith('Operator')) found.operators.push({ name: node.GetFirstToken().Text, start: node.TextStart })
  if (kind === 'FunctionCallExpression') {
    const given = list(node.ArgumentList.Expressions).map((one) => kindOf(one.Element$1 || one.Element))
    const literal = given.every((one) => one.endsWith('LiteralExpression'))
    found.functions.push({ name: node.Name.SimpleName, start: node.TextStart, literal })
  }
  for (let number = 0; number < node.ChildCount; number++) visit(node.GetChild(number), found)
}

function parsed(text, known) {
  const code = Kusto.KustoCode.ParseAndAnalyze(text, known)
  const found = { operators: [], functions: [] }
  visit(code.Syntax, found)
  const result = code.ResultType
  return {
    problems: list(code.GetDiagnostics()).map((one) => ({
      code: one.Code, severity: one.Severity, message: one.Message, start: one.Start
    })),
    columns: result && result.Columns ? list(result.Columns).map((column) => [column.Name, column.Type.Name]) : [],
    ...found
  }
}

const known = globals(asked.tables)
process.stdout.write(JSON.stringify(asked.queries.map((text) => parsed(text, known))))
