namespace EmbodiedRL.Core.Registry;

/// <summary>Named makers of parts of one kind, each with an options record. A new part is one file and one line.</summary>
/// <typeparam name="TContext">What a run lends to the parts it makes.</typeparam>
/// <typeparam name="TPart">What is made.</typeparam>
/// <param name="kind">What its parts are called in messages, e.g. "reward source".</param>
public sealed class Registry<TContext, TPart>(string kind) : IRegistry where TPart : class
{
    private readonly SortedDictionary<string,
        (RegistryEntry Entry, Func<Options, TContext, TPart> Make)> _makers = new(StringComparer.Ordinal);
    private bool _isSealed;

    /// <inheritdoc/>
    public string Kind { get; } = kind;

    /// <inheritdoc/>
    public IReadOnlyCollection<RegistryEntry> Entries => [.. _makers.Values.Select(maker => maker.Entry)];

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _makers.Keys;

    /// <summary>Registers a part with options.</summary>
    /// <typeparam name="TOptions">A record with a constructor without arguments; its defaults are the part's.</typeparam>
    /// <typeparam name="TMade">What is made; its attributes name its paper.</typeparam>
    /// <param name="name">What settings call it: lowercase words joined by hyphens.</param>
    /// <param name="summary">One sentence for people.</param>
    /// <param name="make">Makes one; the caller owns it.</param>
    /// <param name="part">The type that carries the citation; null takes <typeparamref name="TMade"/>.</param>
    /// <returns>This registry, so that lines can be chained.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    /// <exception cref="InvalidOperationException">The registry is sealed.</exception>
    public Registry<TContext, TPart> Add<TOptions, TMade>(string name, string summary,
        Func<TOptions, TContext, TMade> make, Type? part = null)
        where TOptions : Options, new() where TMade : TPart
    {
        if (_isSealed)
            throw new InvalidOperationException($"The shipped registry of each {Kind} is shared by all runs: add '{name}' to a "
                + "Copy() of it.");
        if (!_makers.TryAdd(name,
            (new RegistryEntry(name, summary, typeof(TOptions), part ?? typeof(TMade)),
                (options, context) => make((TOptions)options, context))))
            throw new ArgumentException($"There is already a {Kind} '{name}'.", nameof(name));
        return this;
    }

    /// <summary>Registers a part without options.</summary>
    public Registry<TContext, TPart> Add<TMade>(string name, string summary, Func<TContext, TMade> make,
        Type? part = null) where TMade : TPart =>
        Add<NoOptions, TMade>(name, summary, (_, context) => make(context), part);

    /// <summary>Refuses further parts from here on; a <see cref="Copy"/> takes them.</summary>
    public Registry<TContext, TPart> Seal()
    {
        _isSealed = true;
        return this;
    }

    /// <summary>A registry of one's own that begins with these parts.</summary>
    public Registry<TContext, TPart> Copy()
    {
        var copy = new Registry<TContext, TPart>(Kind);
        foreach ((string name, (RegistryEntry, Func<Options, TContext, TPart>) maker) in _makers) copy._makers.Add(name, maker);
        return copy;
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _makers.ContainsKey(name);

    /// <inheritdoc/>
    public RegistryEntry Find(string name) =>
        _makers.TryGetValue(name, out (RegistryEntry Entry, Func<Options, TContext, TPart>) maker)
            ? maker.Entry
            : throw new UnknownNameException(Kind, name, _makers.Keys);

    /// <summary>Makes a part.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">An instance of its options record; null takes the defaults.</param>
    /// <param name="context">What the run lends.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="UnknownNameException">There is no such part; offers the nearest names.</exception>
    /// <exception cref="SettingsException">An option cannot be used; lists all.</exception>
    public TPart Create(string name, Options? options, TContext context)
    {
        RegistryEntry entry = Find(name);
        Options bound = options ?? entry.Defaults();
        if (bound.GetType() != entry.Options)
            throw new SpecMismatchException($"options of {Kind} '{name}'", entry.Options.Name, bound.GetType().Name);
        bound.Require($"{Kind} '{name}'");
        return _makers[name].Make(bound, context);
    }
}
