using System.Buffers;
using System.Text;

namespace StreamDeploy.Topology;

/// <summary>Texts as UTF-8 in large pages: millions of them cost the garbage collector nothing, and a page is used again when all in it are gone.</summary>
/// <remarks>What comes in together is past its time together, so pages do become free. A text that is absent is told from one that is empty.</remarks>
internal sealed class TextPages
{
    private const int PageBytes = 256 << 10;
    private const int LengthBytesMax = 5;

    private readonly List<byte[]> _pages = [];
    private readonly List<int> _live = [];
    private readonly Stack<int> _free = new();
    private int _current = -1;
    private int _used;

    /// <summary>Keeps a block of texts.</summary>
    /// <returns>Where they are, to be given back with <see cref="Release"/>.</returns>
    public long Add(params ReadOnlySpan<string?> texts)
    {
        var bytesMax = 0;
        foreach (var text in texts) bytesMax += LengthBytesMax + Encoding.UTF8.GetMaxByteCount(text?.Length ?? 0);
        Reserve(bytesMax);
        var (page, start) = (_pages[_current], _used);
        foreach (var text in texts) _used = Write(page, _used, text);
        _live[_current]++;
        return (long)_current << 32 | (uint)start;
    }

    public void Release(long block)
    {
        var page = (int)(block >> 32);
        if (--_live[page] > 0) return;
        if (page == _current) _used = 0;
        else Free(page);
    }

    /// <summary>The bytes of one text of a block; <paramref name="isThere"/> tells an empty one from none.</summary>
    public ReadOnlySpan<byte> Utf8(long block, int index, out bool isThere)
    {
        var page = _pages[(int)(block >> 32)];
        var at = (int)block;
        while (true)
        {
            var length = ReadLength(page, ref at);
            if (index-- == 0)
            {
                isThere = length >= 0;
                return page.AsSpan(at, Math.Max(0, length));
            }
            at += Math.Max(0, length);
        }
    }

    public string? Text(long block, int index)
    {
        var utf8 = Utf8(block, index, out var isThere);
        return isThere ? Encoding.UTF8.GetString(utf8) : null;
    }

    /// <summary>Whether a text is there and is this one.</summary>
    public bool Is(long block, int index, string other)
    {
        var utf8 = Utf8(block, index, out var isThere);
        // Most texts are ASCII, and then their lengths are the same.
        if (!isThere || utf8.Length < other.Length || utf8.Length > other.Length * 3) return false;
        return utf8.Length == other.Length && Ascii.Equals(utf8, other) || Encoding.UTF8.GetString(utf8) == other;
    }

    private void Reserve(int bytes)
    {
        if (_current >= 0 && _used + bytes <= _pages[_current].Length) return;
        // What was full when its last text went was the current one until now.
        if (_current >= 0 && _live[_current] == 0) Free(_current);
        _used = 0;
        if (bytes <= PageBytes && _free.TryPop(out _current)) return;
        _current = _pages.Count;
        _pages.Add(new byte[Math.Max(PageBytes, bytes)]);
        _live.Add(0);
    }

    private void Free(int page)
    {
        // One that was made for a single huge text is not worth keeping.
        if (_pages[page].Length > PageBytes) _pages[page] = new byte[PageBytes];
        _free.Push(page);
    }

    private static int Write(byte[] page, int at, string? text)
    {
        if (text is null)
        {
            page[at] = 0;
            return at + 1;
        }
        // Nearly all are short and ASCII: then the length is known when they are written.
        if (text.Length < 0x7F && Ascii.FromUtf16(text, page.AsSpan(at + 1), out var written) == OperationStatus.Done)
        {
            page[at] = (byte)(written + 1);
            return at + 1 + written;
        }
        var length = (uint)Encoding.UTF8.GetByteCount(text) + 1;
        for (; length >= 0x80; length >>= 7) page[at++] = (byte)(length | 0x80);
        page[at++] = (byte)length;
        return at + Encoding.UTF8.GetBytes(text, page.AsSpan(at));
    }

    /// <returns>−1 for a text that is not there.</returns>
    private static int ReadLength(byte[] page, ref int at)
    {
        uint length = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = page[at++];
            length |= (uint)(b & 0x7F) << shift;
            if (b < 0x80) return (int)length - 1;
        }
    }
}
