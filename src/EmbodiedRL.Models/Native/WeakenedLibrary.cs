using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Native;

/// <summary>Compatibility of TorchSharp's native library with C++ libraries older than GCC 13's.</summary>
/// <remarks>
/// The library asks libstdc++.so.6 for the version node <c>GLIBCXX_3.4.32</c>, and needs it for one symbol only:
/// <c>_ZSt21ios_base_library_initv</c>, the call by which GCC 13 sets up the standard streams. Older C++ libraries set them up by
/// themselves, so on them the call may do nothing. In a copy of the file the version is marked weak (the loader then accepts its absence),
/// and the symbol is bound to a harmless C function without arguments instead: to <c>rand</c>, whose name is the tail of a name that is
/// already among the file's strings. The original is never written to: a build shares its bytes with the package cache by hard links.
/// </remarks>
internal static class WeakenedLibrary
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const int SymbolSize = 24;
    private const ushort Weak = 2, Global = 1;

    /// <summary>Whether this system's C++ library can load the original as it is.</summary>
    public static bool IsNeeded() =>
        !NativeLibrary.TryLoad("libstdc++.so.6", out nint library) || !NativeLibrary.TryGetExport(library, Symbol, out _);

    /// <summary>
    /// The path of the weakened copy, made once for each content of the original and kept in a cache; one that was altered is made again.
    /// </summary>
    /// <param name="original">Full path of libLibTorchSharp.so.</param>
    /// <param name="cache">Folder for the copy; made if it is not there.</param>
    /// <exception cref="CorruptFileException">The file is no ELF library of the expected build.</exception>
    public static string Copy(string original, string cache)
    {
        byte[] bytes = File.ReadAllBytes(original);
        string path = Path.Combine(cache, $"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}-{Path.GetFileName(original)}");
        Weaken(bytes, original);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) return path;

        Directory.CreateDirectory(cache);
        string temporary = Path.Combine(cache, Path.GetRandomFileName());
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true); // another process that writes it at the same time writes the same bytes
        return path;
    }

    /// <summary>Changes the bytes of the library in place.</summary>
    /// <param name="library">The whole file.</param>
    /// <param name="path">For the message.</param>
    /// <exception cref="CorruptFileException">The file is no ELF library of the expected build.</exception>
    public static void Weaken(Span<byte> library, string path)
    {
        try
        {
            if (!library.StartsWith("\u007fELF"u8)) throw NotExpected(path, "another kind of file");
            Section symbols = Find(library, 11, path), versions = Find(library, 0x6fffffff, path), needs = Find(library, 0x6ffffffe, path);
            Section strings = Header(library, symbols.Link);
            ushort node = MarkWeak(library, needs, Header(library, needs.Link));
            int harmless = IndexOfTail(library, strings);
            if (node == 0 || harmless < 0) throw NotExpected(path, $"no {Version} or no string that ends in _rand");

            for (int i = 0; i < symbols.Size / SymbolSize; i++)
            {
                Span<byte> version = library.Slice(versions.Offset + (2 * i), 2),
                    entry = library.Slice(symbols.Offset + (i * SymbolSize), 4);
                if (BinaryPrimitives.ReadUInt16LittleEndian(version) != node) continue;
                string name = Text(library, strings.Offset + BinaryPrimitives.ReadInt32LittleEndian(entry));
                if (name != Symbol) throw NotExpected(path, $"the symbol {name}, which has no harmless stand-in");
                BinaryPrimitives.WriteInt32LittleEndian(entry, harmless);
                BinaryPrimitives.WriteUInt16LittleEndian(version, Global);
            }
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new CorruptFileException(path, "a whole ELF library", "one that is cut off", "Delete it and build again.", error);
        }
    }

    /// <summary>Marks the version node in .gnu.version_r and returns its number; 0 if the library does not ask for it.</summary>
    private static ushort MarkWeak(Span<byte> library, Section needs, Section strings)
    {
        for (int need = needs.Offset; ;)
        {
            int auxiliary = need + Read(library, need + 8);
            for (int left = BinaryPrimitives.ReadUInt16LittleEndian(library[(need + 2)..]); left > 0; left--)
            {
                if (Text(library, strings.Offset + Read(library, auxiliary + 8)) == Version)
                {
                    ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(library[(auxiliary + 4)..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(library[(auxiliary + 4)..], (ushort)(flags | Weak));
                    return BinaryPrimitives.ReadUInt16LittleEndian(library[(auxiliary + 6)..]);
                }

                auxiliary += Read(library, auxiliary + 12);
            }

            int next = Read(library, need + 12);
            if (next == 0) return 0;
            need += next;
        }
    }

    private static int IndexOfTail(Span<byte> library, Section strings)
    {
        int found = library.Slice(strings.Offset, strings.Size).IndexOf("_rand\0"u8);
        return found < 0 ? -1 : found + 1;
    }

    private static Section Find(Span<byte> library, uint type, string path)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(library[60..]);
        for (int i = 0; i < count; i++)
        {
            Section section = Header(library, i);
            if (section.Type == type) return section;
        }

        throw NotExpected(path, $"no section of type {type:x}");
    }

    private static Section Header(Span<byte> library, int index)
    {
        long table = BinaryPrimitives.ReadInt64LittleEndian(library[40..]);
        Span<byte> header = library.Slice(checked((int)table) + (index * 64), 64);
        return new Section(
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), checked((int)BinaryPrimitives.ReadInt64LittleEndian(header[24..])),
            checked((int)BinaryPrimitives.ReadInt64LittleEndian(header[32..])), BinaryPrimitives.ReadInt32LittleEndian(header[40..]));
    }

    private static int Read(Span<byte> library, int at) => BinaryPrimitives.ReadInt32LittleEndian(library[at..]);

    private static string Text(Span<byte> library, int at)
    {
        Span<byte> tail = library[at..];
        return Encoding.ASCII.GetString(tail[..tail.IndexOf((byte)0)]);
    }

    private static CorruptFileException NotExpected(string path, string found) =>
        new(path,
            $"TorchSharp's native library, which needs {Version} for {Symbol} alone",
            found,
            "Use the TorchSharp version of Directory.Packages.props.");

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);
}
