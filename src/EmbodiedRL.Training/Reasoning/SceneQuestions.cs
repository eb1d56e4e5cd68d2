using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Question with what its image was made of.</summary>
/// <param name="Question">As it is asked.</param>
/// <param name="Scene">Of questions about shape scenes; null for bodies.</param>
/// <param name="Environment">Of questions about bodies; null for shape scenes.</param>
/// <param name="State">[S] of the environment; empty for shape scenes.</param>
internal sealed record PosedQuestion(Question Question, ShapeScene? Scene, string? Environment, float[] State)
{
    /// <summary>How the image was damaged.</summary>
    public FrameDamage Damage { get; init; }

    /// <summary>The region of the image that was damaged.</summary>
    public PixelBox DamagedRegion { get; init; }
}

/// <summary>Endless questions about rendered scenes, whose answers are exact: computed from what was rendered.</summary>
/// <remarks>
/// Question i is a function of seed, split, kinds and i alone, whatever the batches: images are rendered in blocks of fixed size, since a
/// pixel may come out a level different at another place of a framebuffer. Answers are chosen before scenes, so that those to every
/// prompt are balanced. Owns environments and renderers. Not thread-safe.
/// </remarks>
public sealed class SceneQuestions : IQuestionSource, IDisposable
{
    /// <summary>Width and height of images in pixels.</summary>
    public const int ImageSize = 64;

    private const int BlockSize = 64, FewestPixels = 12, MostAttempts = 1000;
    private const long PoolQuestions = 1 << 14;     // so many questions are asked about the same states of bodies
    private const int FrameBytes = ImageSize * ImageSize * 3;
    private const double SureShare = 0.7;

    private static readonly int[] Sure = [8, 9, 10];

    private readonly SceneQuestionSettings _settings;
    private readonly BatchRenderer _shapes;
    private readonly SceneVariations _looks = ShapeGeometry.Looks(BlockSize);
    private readonly float[] _poses = new float[BlockSize * ShapeGeometry.Scene.PoseLength];
    private readonly byte[] _frames = new byte[BlockSize * FrameBytes];
    private readonly int[] _segments = new int[BlockSize * ImageSize * ImageSize];
    private readonly List<Body> _bodies = [];
    private PosedQuestion[] _block = [];
    private long _blockNumber = -1, _next, _round = -1;
    private int[] _order = [];

    /// <summary>Makes environments and renderers.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="services">Where environments come from; needed by kinds that ask about bodies alone.</param>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    /// <exception cref="UnknownNameException">There is no such kind or environment.</exception>
    /// <exception cref="AssetMissingException">Nothing can be rendered on this machine; names the packages.</exception>
    public SceneQuestions(SceneQuestionSettings settings, RunServices services)
    {
        settings.Validate();
        _settings = settings;
        _shapes = new BatchRenderer(ShapeGeometry.Scene, "front", ImageSize) { ReusesUnchanged = false };
        try
        {
            if (settings.Kinds.Intersect(BodyKinds.Names).Any())
                foreach (string name in settings.Environments) _bodies.Add(new Body(name, services));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Kinds that are asked by default.</summary>
    public static IReadOnlyList<string> UsualKinds { get; } =
        ["count", "color", "shape", "exists", "relation", "largest", "box", "two-step", "state", "goal"];

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<string> AllKinds { get; } =
        [.. UsualKinds, .. ShapeKinds.Names.Except(UsualKinds).Order(StringComparer.Ordinal), "damage"];

    /// <summary>The next questions; a set of a limited number of distinct ones begins anew in another order.</summary>
    /// <param name="count">How many.</param>
    /// <returns>[count], owned by the caller.</returns>
    public IReadOnlyList<Question> Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var questions = new Question[count];
        for (int i = 0; i < count; i++) questions[i] = At(IndexOf(_next++));
        return questions;
    }

    /// <summary>A question by its number.</summary>
    /// <param name="index">At least 0.</param>
    public Question At(long index) => PosedAt(index).Question;

    /// <inheritdoc/>
    public void Save(Snapshot into) => into.Put("next", _next);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _next = from.Get<long>("next");

    /// <summary>Frees environments and renderers.</summary>
    public void Dispose()
    {
        _shapes.Dispose();
        foreach (Body body in _bodies) body.Dispose();
    }

    /// <summary>A question by its number, with what its image was made of.</summary>
    internal PosedQuestion PosedAt(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        (long number, int row) = (index / BlockSize, (int)(index % BlockSize));
        if (number != _blockNumber) (_block, _blockNumber) = (Pose(number), number);
        return _block[row];
    }

    private long IndexOf(long next)
    {
        if (_settings.Distinct == 0) return next;
        (long round, int place) = (next / _settings.Distinct, (int)(next % _settings.Distinct));
        if (round != _round)
        {
            _order = [.. Enumerable.Range(0, _settings.Distinct)];
            var rng = Rng.For(_settings.Seed, $"order/{_settings.Split}", round);
            if (round > 0) rng.Shuffle(_order);
            _round = round;
        }

        return _order[place];
    }

    private Rng For(string what, long index) => Rng.For(_settings.Seed, $"questions/{_settings.Split}/{what}", index);

    private string KindOf(long index) => _settings.Kinds[(int)(index % _settings.Kinds.Count)];

    private PosedQuestion[] Pose(long number)
    {
        var block = new PosedQuestion[BlockSize];
        long first = number * BlockSize;
        int[] shapes = [.. Enumerable.Range(0, BlockSize).Where(row => !BodyKinds.Names.Contains(KindOf(first + row)))];
        PoseShapes(first, shapes, block);
        PoseBodies(first, [.. Enumerable.Range(0, BlockSize).Except(shapes)], block);
        return block;
    }

    private void PoseShapes(long first, int[] rows, PosedQuestion[] block)
    {
        ShapeDraft[] drafts = [.. rows.Select(row => Draft(first + row))];
        int[] attempts = new int[rows.Length];
        int[] pending = [.. Enumerable.Range(0, rows.Length)];
        while (pending.Length > 0)
        {
            var scenes = new ShapeScene[pending.Length];
            for (int place = 0; place < pending.Length; place++)
                scenes[place] = Find(first + rows[pending[place]], drafts[pending[place]], ref attempts[pending[place]], place);
            _shapes.Render(_poses.AsSpan(0, pending.Length * ShapeGeometry.Scene.PoseLength), pending.Length, new RenderOutputs
            {
                Rgb = _frames.AsSpan(0, pending.Length * FrameBytes),
                Segments = _segments.AsSpan(0, pending.Length * ImageSize * ImageSize),
            }, Looks(pending.Length));
            var hidden = new List<int>();
            for (int place = 0; place < pending.Length; place++)
            {
                int row = rows[pending[place]];
                if (Measure(place, ref scenes[place]))
                    block[row] = Finish(first + row, drafts[pending[place]].Ask(scenes[place]), scenes[place],
                        _frames.AsSpan(place * FrameBytes, FrameBytes).ToArray());
                else hidden.Add(pending[place]);
            }

            pending = [.. hidden];
        }
    }

    /// <summary>Places the things of a draft, and writes what is rendered.</summary>
    private ShapeScene Find(long index, ShapeDraft draft, ref int attempts, int place)
    {
        while (attempts < MostAttempts)
        {
            Rng rng = For($"scene/{attempts++}", index);
            if (ShapePlacement.Find(draft.Things, draft.Fits, ImageSize, ref rng) is not { } scene) continue;
            ShapeGeometry.Write(scene, ref rng, place, _poses, _looks);
            return scene;
        }

        throw new InvalidOperationException($"No scene was found for question {index} of the kind {KindOf(index)}.");
    }

    private SceneVariations Looks(int count) => new()
    {
        Colors = _looks.Colors![..(count * ShapeGeometry.Scene.Geoms.Length * 4)],
        Backgrounds = _looks.Backgrounds![..(count * 6)],
        Lights = _looks.Lights![..(count * 12)],
        Cameras = _looks.Cameras![..(count * 13)],
    };

    private ShapeDraft Draft(long index)
    {
        string kind = KindOf(index);
        Rng rng = For(kind, index);
        return kind == "damage" ? DraftDamage(ref rng) : ShapeKinds.Draft(kind, ref rng);
    }

    /// <summary>Any scene; what is asked follows from how the frame is damaged.</summary>
    private static ShapeDraft DraftDamage(ref Rng rng)
    {
        ShapeDraft scene = ShapeKinds.Draft("caption", ref rng);
        string[] options = ["no", "noise", "patch", "shift"];
        string answer = options[rng.Below(options.Length)];
        return scene with
        {
            Ask = _ => new Question("Is the picture damaged?", answer, AnswerForm.Option)
            {
                Kind = "damage",
                Options = options,
                Difficulty = 0.1,
                WorkedAnswer = answer,
            },
        };
    }

    /// <summary>Reads what the things cover; false if one of them is hardly seen.</summary>
    private bool Measure(int place, ref ShapeScene scene)
    {
        int count = scene.Things.Length;
        Span<int> pixels = stackalloc int[count], left = stackalloc int[count], top = stackalloc int[count], right = stackalloc int[count],
            bottom = stackalloc int[count];
        left.Fill(ImageSize);
        top.Fill(ImageSize);
        sbyte[] segments = new sbyte[ImageSize * ImageSize];
        for (int y = 0; y < ImageSize; y++)
            for (int x = 0; x < ImageSize; x++)
            {
                int slot = ShapeGeometry.SlotOf(_segments[(((place * ImageSize) + y) * ImageSize) + x]);
                segments[(y * ImageSize) + x] = (sbyte)slot;
                if (slot < 0) continue;
                pixels[slot]++;
                (left[slot], right[slot]) = (Math.Min(left[slot], x), Math.Max(right[slot], x + 1));
                (top[slot], bottom[slot]) = (Math.Min(top[slot], y), Math.Max(bottom[slot], y + 1));
            }

        var boxes = ImmutableArray.CreateBuilder<PixelBox>(count);
        for (int i = 0; i < count; i++)
        {
            if (pixels[i] < FewestPixels) return false;
            boxes.Add(new PixelBox(left[i], top[i], right[i], bottom[i]));
        }

        scene = scene with { Boxes = boxes.MoveToImmutable(), Pixels = [.. pixels], Segments = segments };
        return true;
    }

    private void PoseBodies(long first, int[] rows, PosedQuestion[] block)
    {
        var drafts = new (Body Body, BodyStates States, BodyDraft Draft)[BlockSize];
        foreach (int row in rows)
        {
            Rng rng = For(KindOf(first + row), first + row);
            Body body = _bodies[rng.Below(_bodies.Count)];
            long pool = (first + row) / PoolQuestions;
            BodyStates states = body.At(pool, For($"states/{body.Name}", pool).NextBits());
            drafts[row] = (body, states, BodyKinds.Draft(KindOf(first + row), states, ref rng));
        }

        foreach (Body body in _bodies)
        {
            int[] own = [.. rows.Where(row => drafts[row].Body == body)];
            byte[] frames = body.Render([.. own.Select(row => (drafts[row].States, drafts[row].Draft.Row))]);
            for (int i = 0; i < own.Length; i++)
            {
                (_, BodyStates states, BodyDraft draft) = drafts[own[i]];
                block[own[i]] = Finish(first + own[i], draft.Question, null, frames.AsSpan(i * FrameBytes, FrameBytes).ToArray()) with
                {
                    Environment = body.Name,
                    State = states.State(draft.Row).ToArray(),
                };
            }
        }
    }

    /// <summary>Damages the frame, and makes of the thought a whole worked answer.</summary>
    private PosedQuestion Finish(long index, Question question, ShapeScene? scene, byte[] frame)
    {
        Rng rng = For("finish", index);
        FrameDamage damage = FrameDamage.None;
        if (question.Kind == "damage") damage = (FrameDamage)question.Options.ToList().IndexOf(question.Reference);
        else if (rng.NextDouble() < _settings.DamagedShare) damage = (FrameDamage)(1 + rng.Below(3));
        PixelBox region = SceneErrors.Damage(damage, frame, ImageSize, ref rng);
        // Whoever writes a worked answer knows that it is right, not how sure the one who reads it can be: hence nearly always sure.
        int confidence = rng.NextDouble() < SureShare ? Sure[rng.Below(Sure.Length)] : rng.Below(11);
        return new PosedQuestion(question with
        {
            Images = [new RgbImage(frame, ImageSize, ImageSize)],
            WorkedAnswer = ReasonedText.Compose(question.WorkedAnswer!, question.Reference, confidence),
        }, scene, null, [])
        { Damage = damage, DamagedRegion = region };
    }

    /// <summary>An environment whose bodies are shown.</summary>
    private sealed class Body : IDisposable
    {
        private readonly IVectorEnvironment _environment;
        private readonly BatchRenderer _renderer;
        private BodyStates? _states;
        private long _pool = -1;

        public Body(string name, RunServices services)
        {
            Name = name;
            _environment = BodyStates.RowsOf(name, services);
            EnvironmentInfo info = _environment.Info;
            _renderer = new BatchRenderer(info.RequiredScene, info.Camera, ImageSize) { ReusesUnchanged = false };
        }

        public string Name { get; }

        public BodyStates At(long pool, ulong seed)
        {
            if (pool != _pool || _states is null) (_states, _pool) = (BodyStates.Draw(_environment, seed), pool);
            return _states;
        }

        public byte[] Render((BodyStates States, int Row)[] rows)
        {
            int length = _environment.Info.RequiredScene.PoseLength;
            float[] poses = new float[rows.Length * length];
            for (int i = 0; i < rows.Length; i++) rows[i].States.Pose(rows[i].Row).CopyTo(poses.AsSpan(i * length));
            byte[] frames = new byte[rows.Length * FrameBytes];
            _renderer.Render(poses, rows.Length, frames);
            return frames;
        }

        public void Dispose()
        {
            _renderer.Dispose();
            _environment.Dispose();
        }
    }
}
