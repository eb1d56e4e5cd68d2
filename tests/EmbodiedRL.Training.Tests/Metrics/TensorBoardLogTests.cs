using System.Buffers.Binary;
using System.Text;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Tests.Metrics;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["events.out.tfevents.embodied"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_check_sum_is_the_published_one()
    {
        // RFC 3720, appendix B.4: CRC-32C of 32 zero bytes is 0x8A9136AA; masked = rotate right by 15, plus 0xA282EAD8.
        using var stream = new MemoryStream();
        EventRecord.Write(stream, new byte[32]);
        uint expected = unchecked(((0x8A9136AAu >> 15) | (0x8A9136AAu << 17)) + 0xA282EAD8u);
        Assert.Equal(expected, BinaryPrimitives.ReadUInt32LittleEndian(stream.ToArray().AsSpan(^4)));
    }

    [Fact]
    public void A_reader_of_the_format_finds_every_number()
    {
        using (var log = new TensorBoardLog(Path, new ManualTime()))
        {
            log.Begin(300);
            log.Write("train/kl", 0.25);
            log.Write("hidden", double.NaN);
            log.Write("reward/mean", -3);
            log.Flush();
            log.Begin(5_000_000_000);
            log.Write("train/kl", 0.5);
            log.Flush();
        }

        Assert.Equal([(300, "train/kl", 0.25f), (300, "reward/mean", -3f), (5_000_000_000, "train/kl", 0.5f)], Read(Path));
    }

    [Fact]
    public void A_resumed_run_goes_on_where_it_was_cut_back_to()
    {
        using (var log = new TensorBoardLog(Path, new ManualTime()))
            for (int step = 100; step <= 500; step += 100) Write(log, step);
        using (FileStream file = File.OpenWrite(Path)) file.SetLength(file.Length - 3); // killed while writing
        using (var log = new TensorBoardLog(Path, new ManualTime()))
        {
            log.TruncateTo(300);
            Write(log, 400);
        }

        Assert.Equal([100, 200, 300, 400], Read(Path).Select(point => point.Step));
    }

    private static void Write(TensorBoardLog log, int step)
    {
        log.Begin(step);
        log.Write("a", step);
        log.Flush();
    }

    // A reader of its own: frames, then protocol buffers field by field.
    private static List<(long Step, string Tag, float Value)> Read(string path)
    {
        var points = new List<(long, string, float)>();
        ReadOnlySpan<byte> left = File.ReadAllBytes(path);
        bool first = true;
        while (left.Length > 0)
        {
            Assert.True(EventRecord.TryRead(left, out ReadOnlySpan<byte> content, out left));
            var fields = Fields(content.ToArray());
            Assert.Contains(fields, field => field.Number == 1 && field.Bytes.Length == 8);
            if (first) Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(fields.Single(field => field.Number == 3).Bytes));
            long step = first ? 0 : fields.Single(field => field.Number == 2).Integer;
            first = false;
            foreach (var summary in fields.Where(field => field.Number == 5))
                foreach (var value in Fields(summary.Bytes))
                {
                    var parts = Fields(value.Bytes);
                    points.Add((step, Encoding.UTF8.GetString(parts.Single(part => part.Number == 1).Bytes),
                        BinaryPrimitives.ReadSingleLittleEndian(parts.Single(part => part.Number == 2).Bytes)));
                }
        }

        return points;
    }

    private static List<(int Number, long Integer, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, long, byte[])>();
        int at = 0;
        while (at < message.Length)
        {
            long key = Varint(message, ref at);
            int number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0: fields.Add((number, Varint(message, ref at), [])); break;
                case 1: fields.Add((number, 0, message[at..(at += 8)])); break;
                case 2: int length = (int)Varint(message, ref at); fields.Add((number, 0, message[at..(at += length)])); break;
                case 5: fields.Add((number, 0, message[at..(at += 4)])); break;
                default: Assert.Fail($"wire type {key & 7}"); break;
            }
        }

        return fields;
    }

    private static long Varint(byte[] bytes, ref int at)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[at++];
            value |= (long)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
