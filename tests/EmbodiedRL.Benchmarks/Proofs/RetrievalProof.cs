using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S09</c>: VRAG-RL's reward of a search agent, with and without what it pays for the ranking.</summary>
/// <remarks>
/// arXiv 2505.22019. An index of 64 made scenes of two objects and a price. A question names the two objects and asks for one of eight
/// things that are noted of the scene. The policy picks three query words among those of the question and others, a fixed search returns
/// the three pages with most words in common, and the policy answers with something that stands on one of them. It searches once, and does
/// not crop; retrieved text is written by the search, so nothing of it is learned from.
/// </remarks>
internal sealed class RetrievalProof() : Proof("S09",
    "VRAG-RL's ranking reward: paid for what it retrieves, a search agent learns good queries in fewer steps than by its answers alone.",
    "Figure: updates until a golden page is among the three retrieved for 80% of questions, mean of 5 seeds (all updates where it "
    + "never is). "
    + "Reference: the same reward without its ranking. It holds if the figure is at most half the reference in every seed, and the final "
    + "recall is not lower.")
{
    private const int Seeds = 5, Pages = 64, Questions = 8, Words = 3, Kept = 3, Fillers = 6, Notes = 8, Values = 8, Following = 5,
        Updates = 500;
    private const double Rate = 0.03, Enough = 0.8, Half = 0.5;

    private static readonly string[] Filler = ["please", "picture", "which", "noted", "scene", "table"];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] Run(double weight) => ForSeeds(firstSeed, Seeds, seed => Train(seed, weight), cancel);
        Outcome[] ranked = Run(new RetrievalOptions().RetrievalWeight), plain = Run(0);
        double worst = ranked.Zip(plain, (left, right) => left.Updates / right.Updates).Max();
        double leastGain = ranked.Zip(plain, (left, right) => left.Recall - right.Recall).Min();
        return Row(ranked.Average(one => one.Updates), "updates", "without the ranking", plain.Average(one => one.Updates),
            worst <= Half && leastGain >= 0,
            ("greatestRatio", worst), ("recall", ranked.Average(one => one.Recall)),
            ("recallOfReference", plain.Average(one => one.Recall)), ("leastRecallGain", leastGain),
            ("accuracy", ranked.Average(one => one.Accuracy)), ("accuracyOfReference", plain.Average(one => one.Accuracy)));
    }

    private static Outcome Train(ulong seed, double weight)
    {
        var rng = Rng.For(seed, "S09");
        Page[] index = Page.Draw(ref rng);
        ChoiceHead query = new(Words, Page.Named + Fillers), place = new(1, Kept), note = new(Notes, Notes);
        var trainer = new CompletionTrainer([query, place, note], Rate, seed, "S09-completions") { Completions = 5 };
        using var reward = new RetrievalReward("search", new RetrievalOptions { RetrievalWeight = weight });
        var recent = new Queue<double>();
        double reached = Updates, recall = 0, accuracy = 0;
        for (int update = 0; update < Updates; update++)
        {
            (Page About, int Note)[] asked = [.. Enumerable.Range(0, Questions).Select(_ => (index[rng.Below(Pages)], rng.Below(Notes)))];
            (int found, int right) = (0, 0);
            trainer.Learn(reward, [.. asked.Select(one => one.About.Ask(one.Note))], (i, pen) =>
            {
                Page about = asked[i].About;
                string[] words = [.. Enumerable.Range(0, Words).Select(slot => pen.Choose(query, MadeScene.OneHot(slot, Words)))
                    .Select(word => word < Page.Named ? about.Names[word] : Filler[word - Page.Named])];
                Page[] pages = Search(index, words);
                Page read = pages[pen.Choose(place, 1)];
                int value = read.Noted[pen.Choose(note, MadeScene.OneHot(asked[i].Note, Notes))];
                found += pages.Contains(about) ? 1 : 0;
                right += value == about.Noted[asked[i].Note] ? 1 : 0;
                return $"<search>{string.Join(' ', words)}</search>"
                    + $"<retrieved>[{string.Join(',', pages.Select(page => $"\"{page.Name}\""))}]</retrieved><answer>{value}</answer>";
            });
            recent.Enqueue((double)found / (Questions * trainer.Completions));
            if (recent.Count > Following) recent.Dequeue();
            (recall, accuracy) = (recent.Average(), (double)right / (Questions * trainer.Completions));
            if (reached == Updates && recent.Count == Following && recall >= Enough) reached = update + 1;
        }

        return new Outcome(reached, recall, accuracy);
    }

    /// <summary>The pages with most words of a query, those of lower numbers first.</summary>
    private static Page[] Search(Page[] index, string[] words) => [.. index
        .OrderByDescending(page => words.Distinct().Count(page.Words.Contains)).Take(Kept)];

    private readonly record struct Outcome(double Updates, double Recall, double Accuracy);

    /// <summary>A page of the index.</summary>
    /// <param name="Number">In the index.</param>
    /// <param name="Names">Words that questions name it by, no two pages have the same three.</param>
    /// <param name="Noted">[notes], what can be asked for.</param>
    private sealed record Page(int Number, string[] Names, int[] Noted)
    {
        /// <summary>Words that name a page.</summary>
        public const int Named = 3;

        public string Name => $"page {Number}";

        public HashSet<string> Words { get; } = [.. Names, Filler[Number % Fillers]];

        public static Page[] Draw(ref Rng rng)
        {
            int[] order = [.. Enumerable.Range(0, Pages)];
            rng.Shuffle(order);
            var pages = new Page[Pages];
            for (int number = 0; number < Pages; number++)
            {
                int[] noted = new int[Notes];
                for (int note = 0; note < Notes; note++) noted[note] = rng.Below(Values);
                int named = order[number];
                pages[number] = new Page(number,
                    [MadeScene.Colors[named % 4], $"{MadeScene.Colors[named / 4 % 4]}-lid", $"shelf-{named / 16}"], noted);
            }

            return pages;
        }

        public Question Ask(int note) => new($"What is noted as {note} of {string.Join(' ', Names)}?",
            $"{{\"answer\":\"{Noted[note]}\",\"pages\":[\"{Name}\"]}}", AnswerForm.Number);
    }
}
