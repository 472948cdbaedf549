// Package media makes files of citizens safe to keep and to show, and keeps them.
//
// Sanitise decides by content, never by name or by what the sender claims. A photo
// is decoded and encoded anew, so that nothing of the original file survives but
// its pixels: no EXIF, XMP, ICC text, thumbnails, trailing HTML. The position in
// the EXIF data is handed to the caller first, because citizens may want to give
// it. If anything fails there is no result: a photo is never kept as it came.
//
// Documents, sound and video are not decoded here. They are typed, capped, kept as
// they came and may only be served as attachments (see Clean.Inline).
//
// Decoders of golang.org/x/image for TIFF and BMP are not linked, and image.Decode,
// which would use any registered format, is never called.
//
// A Store keeps blobs; what goes into it is sealed by the store.
package media
