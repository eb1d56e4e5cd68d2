using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>Function of one state row [S] and one action row [A].</summary>
public delegate double RowFunction(ReadOnlySpan<float> state, ReadOnlySpan<float> action);

/// <summary>Compiler of formulas; provided by the code that composes environments.</summary>
/// <param name="place">Where the formula stands in the settings, for errors.</param>
/// <param name="formula">Over the fields of the specs, by name.</param>
/// <param name="state">What it may read.</param>
/// <param name="actions">What else it may read; null if only the state.</param>
/// <exception cref="Core.SettingsException">It is not valid or names an unknown field; names place, formula,
/// field and the nearest known one.</exception>
public delegate RowFunction FormulaCompiler(string place, string formula, StateSpec state, ActionSpec? actions);
