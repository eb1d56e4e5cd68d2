using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>Generalized positions and speeds of N environments as vectors to be searched, and how far the environment reaches.</summary>
/// <remarks>
/// The range of each number is that of sampled states and of episodes of random actions. Of an environment that has no positions and speeds
/// by their names in MuJoCo, all its real numbers are searched. Whatever else a state has (places of things, what wrappers remember) stays
/// as it was drawn; what tasks note of an episode is that of one that begins anywhere, so that one which would end outside of the task's
/// own states goes on.
/// </remarks>
internal sealed class SearchSpace
{
    private const string Positions = "qpos", Speeds = "qvel", Notes = "userdata";
    private const int Draws = 4;               // of each source
    private const int Played = 100, Every = 5; // control steps of random actions, and between two looks
    private const double Held = 0.8;           // probability that a random action is kept for another step
    private const double Slack = 0.5;          // of a range: beyond it a body was thrown there by what it was set into

    private static readonly StateSource[] Sources = [StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    private readonly IVectorEnvironment _environment;
    private readonly ulong _seed;
    private readonly StepBuffer _buffer;
    private readonly Snapshot _start;
    private readonly string[] _searched;
    private readonly bool _isPhysical;
    private readonly double[] _low, _high;

    /// <summary>Draws and plays, to see how far the environment reaches.</summary>
    /// <param name="environment">Its episodes end here. Lent.</param>
    /// <param name="seed">Of all draws.</param>
    public SearchSpace(IVectorEnvironment environment, ulong seed)
    {
        (_environment, _seed, _buffer) = (environment, seed, new StepBuffer(environment.Count, environment.Info));
        environment.Reset(Rng.For(seed, "fraud").NextBits(), StartDistribution.WholeRange, _buffer);
        _start = Taken();
        _isPhysical = _start.Entries.Keys.Any(name => Last(name) is Positions or Speeds);
        _searched = [.. _start.Entries.Keys.Where(name => _isPhysical ? Last(name) is Positions or Speeds : IsReal(name))];
        double[] any = Read(_start)[0];
        (_low, _high) = ([.. any], [.. any]);
        for (int draw = 0; draw < Draws * Sources.Length; draw++) Widen(Draw(draw));
        Play();
    }

    /// <summary>D, numbers that are searched.</summary>
    public int Length => _low.Length;

    /// <summary>The width of each number's range, [D].</summary>
    public double[] Spans => [.. _high.Zip(_low, (high, low) => high - low)];

    /// <summary>N states as the environment draws them, of one source after the other.</summary>
    /// <param name="draw">Which.</param>
    public Snapshot Draw(long draw)
    {
        _environment.Load(_start);
        _environment.SampleStates(_seed, draw, Sources[draw % Sources.Length], _buffer);
        Snapshot drawn = Taken();
        foreach (string name in drawn.Entries.Keys.Where(name => Last(name) == Notes).ToArray())
            drawn.Put<double>(name, _start.GetAll<double>(name));
        return drawn;
    }

    /// <summary>The numbers of N states, [N][D].</summary>
    public double[][] Read(Snapshot states)
    {
        double[][] rows = new double[_environment.Count][];
        for (int row = 0; row < rows.Length; row++) rows[row] = [.. _searched.SelectMany(name => Row(Values(states, name), row))];
        return rows;
    }

    /// <summary>N states that are one of a snapshot, but for their numbers.</summary>
    /// <param name="states">Drawn.</param>
    /// <param name="row">Which of them.</param>
    /// <param name="numbers">[N][D]; brought into range.</param>
    public Snapshot With(Snapshot states, int row, double[][] numbers)
    {
        var made = new Snapshot();
        string[] bodies = [.. _searched.Where(name => _isPhysical).Select(name => name[..^Last(name).Length]).Distinct()];
        int first = 0;
        foreach ((string name, byte[] bytes) in states.Entries)
        {
            if (bodies.Any(body => name == body + Last(name)) && states.TypeOf(name) == typeof(double))
                made.Put<double>(name, Repeated(states.GetAll<double>(name), row));
            else made.Put<byte>(name, bytes);
        }

        foreach (string name in _searched)
        {
            int width = Values(states, name).Length / numbers.Length, at = first;
            double[] values =
                [.. numbers.SelectMany(one => Enumerable.Range(at, width).Select(i => Math.Clamp(one[i], _low[i], _high[i])))];
            if (states.TypeOf(name) == typeof(float)) made.Put<float>(name, Array.ConvertAll(values, value => (float)value));
            else made.Put<double>(name, values);
            first += width;
        }

        return made;
    }

    /// <summary>Whether the environments' states, as they are now, are such as bodies reach that nobody has set anywhere.</summary>
    /// <returns>[N].</returns>
    public bool[] AreReachable() => Array.ConvertAll(Read(Taken()), numbers =>
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            double slack = Slack * (_high[i] - _low[i]);
            if (!(numbers[i] >= _low[i] - slack && numbers[i] <= _high[i] + slack)) return false;
        }

        return true;
    });

    private void Play()
    {
        float[] actions = new float[_environment.Count * _environment.Info.Actions.Length];
        bool[] starts = new bool[_environment.Count];
        Array.Fill(starts, true);
        using IActor actor = new RandomPolicy(_environment.Info.Actions, Held)
            .CreateActor(_environment.Count, ActorMode.Sample, Rng.For(_seed, "fraud/play").NextBits());
        _environment.Reset(Rng.For(_seed, "fraud/play", 1).NextBits(), StartDistribution.WholeRange, _buffer);
        for (int step = 0; step < Played; step++)
        {
            actor.Act(new ObservationRows(_buffer.Observations, _buffer.Images), starts, actions, []);
            _environment.Step(actions, _buffer);
            for (int row = 0; row < starts.Length; row++) starts[row] = _buffer.Kinds[row].Ends();
            if (step % Every == 0) Widen(Taken());
        }
    }

    private void Widen(Snapshot states)
    {
        foreach (double[] numbers in Read(states))
            for (int i = 0; i < numbers.Length; i++) (_low[i], _high[i]) = (Math.Min(_low[i], numbers[i]), Math.Max(_high[i], numbers[i]));
    }

    private Snapshot Taken()
    {
        var taken = new Snapshot();
        _environment.Save(taken);
        return taken;
    }

    private bool IsReal(string name) =>
        (_start.TypeOf(name) == typeof(double) || _start.TypeOf(name) == typeof(float))
            && Values(_start, name).Length % _environment.Count == 0;

    private static double[] Values(Snapshot states, string name) => states.TypeOf(name) == typeof(float)
        ? Array.ConvertAll(states.GetAll<float>(name), value => (double)value)
        : states.GetAll<double>(name);

    private Span<double> RowSpan(double[] values, int row)
    {
        int width = values.Length / _environment.Count;
        return values.AsSpan(row * width, width);
    }

    private double[] Row(double[] values, int row) => RowSpan(values, row).ToArray();

    private double[] Repeated(double[] values, int row)
    {
        if (values.Length % _environment.Count != 0) return values;
        double[] one = Row(values, row);
        return [.. Enumerable.Range(0, _environment.Count).SelectMany(_ => one)];
    }

    private static string Last(string name) => name[(name.LastIndexOf('/') + 1)..];
}
