using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>
/// Cross-entropy method over positions and speeds: from the best fraud of some drawn states on, draws N around it, and again around the
/// best of those.
/// </summary>
/// <remarks>
/// A normal distribution for each number by itself; its mean becomes that of the elite, its deviation moves towards theirs and keeps a
/// floor (Rubinstein and Kroese, "The Cross-Entropy Method", 2004; smoothing as in de Boer et al., doi:10.1007/s10479-005-5724-z,
/// section 3.1).
/// States that are the goal are not left out but ranked last, so that the search can pass along their edge.
/// </remarks>
internal sealed class CrossEntropySearch : IStateSearch
{
    private const int Elite = 8;
    private const double FirstDeviation = 0.15, LeastDeviation = 0.01; // of each number's range
    private const double Smoothing = 0.7;
    private const int DrawnPart = 3; // the drawn states are the third part of all: what is not searched (places of things) counts too
    private const long FirstDraw = 1 << 24; // no other search draws from here on

    /// <inheritdoc/>
    public Attack Attack => Attack.Optimizer;

    /// <inheritdoc/>
    public async Task<ProbedWindow?> SearchAsync(SearchGround ground, int restart, int batches, CancellationToken cancel)
    {
        SearchSpace space = ground.Space;
        var rng = Rng.For(ground.Seed, "fraud/cross-entropy", restart);
        int drawn = Math.Max(1, batches / DrawnPart);
        (Snapshot scene, int first, ProbedWindow found) = await DrawAsync(ground, restart, drawn, cancel);
        ProbedWindow? best = ProbedWindow.Better(null, found);
        double[] mean = space.Read(scene)[first], spans = space.Spans;
        double[] deviation = [.. spans.Select(span => FirstDeviation * span)];
        for (int batch = drawn; batch < batches; batch++)
        {
            double[][] numbers = new double[ground.Probe.Count][];
            for (int row = 0; row < numbers.Length; row++)
                numbers[row] = [.. mean.Select((value, i) => value + (deviation[i] * rng.Normal()))];
            Snapshot states = space.With(scene, first, numbers);
            ProbedWindow[] tried = await ground.TryAsync(states, cancel);
            foreach (ProbedWindow window in tried) best = ProbedWindow.Better(best, window);
            numbers = space.Read(states); // as they were brought into range
            double[][] elite = [.. Ranked(tried).Take(Elite).Select(row => numbers[row])];
            for (int i = 0; i < mean.Length; i++)
            {
                double center = elite.Average(one => one[i]);
                double spread = Math.Sqrt(elite.Average(one => (one[i] - center) * (one[i] - center)));
                mean[i] = center;
                deviation[i] = Math.Max(LeastDeviation * spans[i], (Smoothing * spread) + ((1 - Smoothing) * deviation[i]));
            }
        }

        return best;
    }

    /// <summary>The best of drawn states: a snapshot, which row of it, and what was seen of that one.</summary>
    private static async Task<(Snapshot Scene, int Row, ProbedWindow Found)> DrawAsync(SearchGround ground, int restart, int batches,
        CancellationToken cancel)
    {
        (Snapshot Scene, int Row, ProbedWindow Found)? best = null;
        for (int batch = 0; batch < batches; batch++)
        {
            Snapshot scene = ground.Space.Draw(FirstDraw + ((long)restart * batches) + batch);
            ProbedWindow[] tried = await ground.TryAsync(scene, cancel);
            int row = Ranked(tried)[0];
            if (best is not { } known || tried[row].Rank.CompareTo(known.Found.Rank) > 0) best = (scene, row, tried[row]);
        }

        return best!.Value;
    }

    /// <summary>Rows, the best fraud first.</summary>
    private static int[] Ranked(ProbedWindow[] windows) =>
        [.. Enumerable.Range(0, windows.Length).OrderByDescending(row => windows[row].Rank)];
}
