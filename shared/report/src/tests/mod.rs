mod html;
mod page;
mod sample;
